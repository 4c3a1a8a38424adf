import { Writable } from 'node:stream';
import fc from 'fast-check';
import { ReplyError } from 'ioredis';
import pg from 'pg';
import { Stripe } from 'stripe';
import { expect, it } from 'vitest';
import { createLogger } from '../../src/process/logger.ts';
import { scrub } from '../../src/process/redaction.ts';

/** What is logged of something. */
function logged(
  about: object,
  message = 'words',
): { line: string; entry: Record<string, unknown> } {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      lines.push(String(chunk));
      done();
    },
  });
  createLogger({ level: 'trace', part: 'test' }, stream).info(about, message);
  const [line = ''] = lines;
  return { line, entry: JSON.parse(line) };
}

const JWT = `eyJhbGciOiJIUzI1NiJ9.${'c'.repeat(20)}.${'d'.repeat(20)}`;

it.each([
  ['a password in a URL', 'connect postgres://fairline:hunter2@db:5432/x failed', 'hunter2'],
  ['a password without a user', 'redis://:hunter2@cache:6379', 'hunter2'],
  ['an Authorization header', 'sent "Authorization: Bearer hunter2hunter2"', 'hunter2hunter2'],
  ['a token', `token ${JWT} is bad`, JWT.slice(4)],
  ['a token in a query', `GET /?access_token=${JWT}`, JWT.slice(4)],
  ['a secret key', 'Invalid API Key provided: sk_live_hunter2', 'hunter2'],
  ['a restricted key', 'key=rk_test_hunter2', 'hunter2'],
  ['the secret of the webhook', "'whsec_hunter2'", 'hunter2'],
  ['a client secret', 'pi_123_secret_hunter2 was sent', 'hunter2'],
  ['an address', 'no account for Ann.O+x@mail.example.org!', 'Ann.O'],
  ['an address behind a line break', 'address:\nann@example.org', 'ann@'],
])('a message keeps no secret: %s', (_, message, secret) => {
  for (const { line } of [logged({}, message), logged({ err: new Error(message) })]) {
    expect(line).not.toContain(secret);
  }
});

it('of an error are told type, message, stack, code and what led to it', () => {
  const cause = Object.assign(new TypeError('inner'), { code: 'ECONNREFUSED', port: 5432 });
  const { entry } = logged({ err: new Error('outer', { cause }) });
  expect(entry['err']).toEqual({
    type: 'Error',
    message: 'outer',
    stack: expect.stringContaining('redaction.test.ts'),
    cause: {
      type: 'TypeError',
      message: 'inner',
      stack: expect.any(String),
      code: 'ECONNREFUSED',
      port: 5432,
    },
  });
  const several = logged({ err: new AggregateError([cause], 'both') }).entry;
  expect(several['err']).toMatchObject({ message: 'both', errors: [{ message: 'inner' }] });
});

it('of an error that goes round in circles as well', () => {
  const error = new Error('round');
  error.cause = error;
  expect(logged({ err: error }).entry['err']).toMatchObject({ message: 'round' });
  expect(logged({ err: { hunter2: 'thrown' } }).line).not.toContain('hunter2');
});

it('errors of Stripe keep the answer to themselves', () => {
  const error = new Stripe.errors.StripeCardError({
    type: 'card_error',
    message: 'declined',
    code: 'card_declined',
    headers: { 'stripe-account': 'hunter2' },
    requestId: 'req_1',
    statusCode: 402,
    payment_intent: { id: 'pi_1', client_secret: 'hunter2' } as never,
    payment_method: { billing_details: { name: 'hunter2' } } as never,
  } as never);
  const { line, entry } = logged({ err: error });
  expect(line).not.toContain('hunter2');
  expect(entry['err']).toMatchObject({
    type: 'StripeCardError',
    message: 'declined',
    code: 'card_declined',
    requestId: 'req_1',
    statusCode: 402,
  });
});

it('errors of Redis and Postgres keep command and row to themselves', () => {
  const refused = Object.assign(new ReplyError('WRONGPASS invalid'), {
    command: { name: 'auth', args: ['fairline', 'hunter2'] },
  });
  const row = new pg.DatabaseError('duplicate key value', 10, 'error');
  Object.assign(row, { detail: 'Key (email)=(hunter2) exists.', where: 'hunter2', code: '23505' });
  for (const err of [refused, row]) expect(logged({ err }).line).not.toContain('hunter2');
  expect(logged({ err: row }).entry['err']).toMatchObject({ code: '23505' });
});

it('fields with names of secrets are left out', () => {
  for (const about of [
    { password: 'hunter2' },
    { user: { email: 'hunter2', secret: 'hunter2' } },
    { req: { headers: { authorization: 'hunter2', 'stripe-signature': 'hunter2' } } },
    { payment: { client_secret: 'hunter2', clientSecret: 'hunter2' } },
    { session: { refreshToken: 'hunter2', accessToken: 'hunter2' } },
  ]) {
    expect(logged(about).line).not.toContain('hunter2');
  }
});

it('what is no secret stays as it is', () => {
  const about = {
    shard: 3,
    entry: { k: 'pay', payment: 'pi_3Nq', sale: 'a-b', words: 'basic things @ 5 o\u2019clock' },
    path: '/api/tickets/8ITp9f',
    file: 'file:///app/node_modules/@hono/node-server@2.1.8/index.mjs:1:2',
    publishable: 'pk_test_fairline',
  };
  expect(logged(about).entry).toMatchObject(about);
});

it('a line stays JSON whatever stands in it', () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\n', '\\', '"', '@', '://', ' bearer '),
      (value, text, part) => {
        JSON.parse(scrub(JSON.stringify({ value, text: `${text}${part}a@b.example ${text}` })));
      },
    ),
    { numRuns: 500 },
  );
});

it('a long line takes no time: in quadratic time this would hang', () => {
  const long = 'a.'.repeat(500_000);
  for (const line of [long, `${long}@`, '://'.repeat(300_000), 'bearer '.repeat(100_000)]) {
    expect(scrub(line).length).toBeGreaterThan(0);
  }
});
