import { Writable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createLogger } from '../../../src/process/logger.ts';
import { Payer, type PaymentSystem, startPaymentSystem } from '../../support/payments.ts';

let system: PaymentSystem;
let client: Payer;
let lines: Record<string, unknown>[] = [];
const log = createLogger(
  { level: 'info', part: 'test' },
  new Writable({
    write(chunk, _, done) {
      const line = JSON.parse(String(chunk)) as Record<string, unknown>;
      if (line['msg'] === 'security event') lines.push(line);
      done();
    },
  }),
);
/** The next address: what is seen of one test does not bound another. */
let at = 0;
let ip = '';
beforeAll(async () => {
  system = await startPaymentSystem({ log, limits: { auth_account: 3, polls_buyer: 1 } });
  client = new Payer(system);
});
afterAll(() => system.stop());
beforeEach(() => {
  lines = [];
  ip = `192.0.2.${++at}`;
});

const call = (method: string, path: string, options: { token?: string; body?: unknown } = {}) =>
  client.call(method, path, { ...options, headers: { 'x-forwarded-for': ip } });
const logIn = (password: string) =>
  call('POST', '/api/auth/login', { body: { email: 'ann@example.org', password } });

it('log-ins that succeed, fail and are locked, by the names of OWASP', async () => {
  const body = { email: 'ann@example.org', password: 'a password of ann' };
  await call('POST', '/api/auth/register', { body });
  await logIn(body.password);
  for (const _ of [1, 2, 3]) await logIn('a wrong password');
  expect((await logIn(body.password)).status).toBe(429);
  expect(lines.map(({ event }) => event)).toEqual([
    'authn_login_success',
    ...Array(3).fill('authn_login_fail'),
    'authn_login_lock',
  ]);
  expect(new Set(lines.map(({ address }) => address)).size).toBe(1);
  expect(lines[0]).toMatchObject({ role: 'buyer', address: expect.stringMatching(/^[\w-]{16}$/) });
  for (const secret of [ip, 'ann@', 'password of ann', 'wrong password']) {
    expect(JSON.stringify(lines)).not.toContain(secret);
  }
});

it('what nobody may: without a token, without the role, without the signature', async () => {
  const token = await client.token('eve');
  await call('GET', '/api/me', { token: 'forged' });
  await call('GET', '/api/admin/metrics', { token });
  await call('POST', '/api/webhooks/stripe', { body: {} });
  await call('GET', '/api/sales/nowhere'); // no event
  expect(lines).toMatchObject([
    { event: 'authz_fail', code: 'unauthenticated', level: 40 },
    { event: 'authz_fail', code: 'forbidden' },
    { event: 'input_validation_fail', code: 'invalid_signature' },
  ]);
});

it('who asks too often, and who it is', async () => {
  const token = await client.token('bob');
  const answers = await Promise.all([1, 2, 3].map(() => call('GET', '/api/me', { token })));
  expect(answers.map(({ status }) => status)).toContain(429);
  expect(lines[0]).toMatchObject({
    event: 'excess_rate_limit_exceeded',
    ...{ limit: 'polls_buyer', user: 'bob' },
  });
});

it('a flood of one address writes few lines, and hides no other', async () => {
  for (let n = 0; n < 30; n++) await call('GET', '/api/me');
  const few = lines.length;
  expect(few).toBeLessThanOrEqual(10); // five in each of two minutes at most
  expect(few).toBeGreaterThanOrEqual(5);
  ip = '198.51.100.1';
  await call('GET', '/api/me');
  expect(lines).toHaveLength(few + 1);
});
