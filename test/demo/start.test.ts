import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { makeTempDir } from '../support/temp-dir.ts';

const MAIN = join(import.meta.dirname, '../../demo/main.ts');
const TIMEOUT_MS = 120_000;

test(
  'starts everything, sells, stops, and resumes where it stopped',
  async () => {
    const dir = makeTempDir();
    const first = await startDemo(dir);
    const { URL: url, TOKEN: token, ADMIN: admin, SALE: sale, PRODUCT: product } = first.printed;
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:/);
    // On no other interface: test/process/listen.test.ts sees that they are reached without HOST.
    for (const address of otherAddresses()) {
      const other = url.replace('127.0.0.1', address);
      await expect(fetch(`${other}/readyz`), other).rejects.toThrow();
    }
    expect(await getJson(`${url}/api/sales`)).toMatchObject({ items: { length: 4 } });

    // The printed admin account.
    const session = await logIn(url, first.printed);
    expect(session).toMatchObject({ user: { role: 'admin' } });

    const items = [{ productId: product, quantity: 1 }];
    const accepted = await postJson(`${url}/api/sales/${sale}/tickets`, token, { items });
    expect(accepted).toMatchObject({ status: 'queued', saleId: sale });
    const ticketId = String(accepted['ticketId']);
    const decided = await pollUntilDecided(`${url}/api/tickets/${ticketId}`, token);
    expect(decided).toMatchObject({ status: 'held', lineNumber: 1 });

    // The printed way to pay, as a browser does it.
    const order = Object(decided['order']);
    const payment = await postJson(`${url}/api/orders/${order.id}/payment`, token, {});
    const confirmed = await fetch(
      `${first.printed.STRIPE}/v1/payment_intents/${payment['paymentIntentId']}/confirm`,
      {
        method: 'POST',
        body: new URLSearchParams({
          key: String(payment['publishableKey']),
          client_secret: String(payment['clientSecret']),
          payment_method: 'pm_card_visa',
        }),
      },
    );
    expect(await confirmed.json()).toMatchObject({ status: 'succeeded' });
    await expect
      .poll(async () => (await getJson(`${url}/api/orders/${order.id}`, token))['status'])
      .toBe('paid');

    // The buyer's confirmation is caught and printed.
    const mails = join(dir, 'mail');
    const files = () => (existsSync(mails) ? readdirSync(mails) : []);
    await expect.poll(files).toEqual([expect.stringMatching(/^msg_[0-9a-f]{32}\.eml$/)]);
    const mail = readFileSync(join(mails, files()[0] ?? ''), 'utf8');
    expect(mail).toContain('To: demo-buyer@fairline.example');
    await expect.poll(first.output).toContain('mail to demo-buyer@fairline.example: Paid:');

    const restock = `${url}/api/admin/products/${product}/restock`;
    await postJson(restock, admin, { delta: 10 }, { 'idempotency-key': 'one' });

    expect(await runToEnd(dir)).toEqual({
      code: 1,
      complaint: `Fairline is already running as pid ${first.child.pid} at ${url}\n`,
    });
    first.child.kill('SIGTERM');
    expect(await first.exited).toEqual([0, null]);
    expect(existsSync(join(dir, 'lock'))).toBe(false);

    const second = await startDemo(dir);
    expect(second.printed.SALE).toBe(sale);
    expect(await getJson(`${second.printed.URL}/api/sales`)).toMatchObject({
      items: { length: 4 },
    });
    // The token of the first start: the secret was kept too.
    const orders = await getJson(`${second.printed.URL}/api/orders?saleId=${sale}`, token);
    expect(orders).toMatchObject({ items: [{ ticketId, status: 'paid' }] });

    expect(second.printed.ADMIN_PASSWORD).toBe(first.printed.ADMIN_PASSWORD);

    // Ctrl-C in a terminal: signals the whole process group at once.
    process.kill(-Number(second.child.pid), 'SIGINT');
    expect(await second.exited).toEqual([0, null]);
  },
  TIMEOUT_MS,
);

test.each([
  [{ PORT: 'eighty' }, 'PORT'],
  [{ HOST: '127.0.0.1:3000' }, 'HOST'],
  [{ AUTH_JWT_SECRET: 'short' }, 'AUTH_JWT_SECRET'],
  [{ LINE_LOOKAHEAD: '-1' }, 'LINE_LOOKAHEAD'],
  [{ STRIPE_PORT: 'eighty' }, 'STRIPE_PORT'],
  [{ STRIPE_SECRET_KEY: 'sk_test_mine' }, 'STRIPE_WEBHOOK_SECRET'],
  [{ DATABASE_URL: 'mysql://127.0.0.1/fairline' }, 'DATABASE_URL'],
])('refuses %j before anything starts', async (env, name) => {
  const dir = join(makeTempDir(), 'data');
  const { code, complaint } = await runToEnd(dir, env);
  expect(code).toBe(1);
  expect(complaint).toContain(`${name}:`);
  expect(complaint).not.toContain('    at ');
  expect(existsSync(dir)).toBe(false);
});

test('refuses a HOST that is not of this machine before any engine starts', async () => {
  const dir = join(makeTempDir(), 'data');
  const { code, complaint } = await runToEnd(dir, { HOST: '198.51.100.1', PORT: '3000' });
  expect([code, complaint]).toEqual([
    1,
    'HOST 198.51.100.1 cannot be used: is not an address of this machine. ' +
      'Choose another, e.g. HOST=127.0.0.1.\n',
  ]);
  expect(existsSync(join(dir, 'postgres'))).toBe(false);
});

/** The addresses of this machine but that of the demo, as URLs have them. */
function otherAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((all = []) => all)
    .filter(({ address }) => address !== '127.0.0.1' && !address.startsWith('fe80:'))
    .map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address));
}

interface Printed {
  URL: string;
  TOKEN: string;
  ADMIN: string;
  SALE: string;
  PRODUCT: string;
  STRIPE: string;
  ADMIN_EMAIL: string;
  ADMIN_PASSWORD: string;
}

function spawnDemo(dir: string, env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [MAIN], {
    // A process group of its own, so that the test can act as the terminal.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...{ REDIS_URL: '', DATABASE_URL: '', AUTH_JWT_SECRET: '', LOG_LEVEL: 'warn', PORT: '0' },
      ...{ HOST: '', PUBLIC_URL: '', ADMIN_EMAIL: '', ADMIN_PASSWORD: '' },
      ...{ SMTP_URL: '', SMTP_FROM: '' },
      ...{ STRIPE_SECRET_KEY: '', STRIPE_API_URL: '', STRIPE_PORT: '0' },
      FAIRLINE_DATA_DIR: dir,
      ...env,
    },
  });
}

/** Starts the demo on a free port and waits until it has printed how to try it. */
async function startDemo(dir: string) {
  const child = spawnDemo(dir, {});
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await exited;
  });
  const ready = Promise.withResolvers<Printed>();
  let output = '';
  const listen = (chunk: Buffer) => {
    output += chunk;
    if (output.includes('"delta":10')) ready.resolve(parsePrinted(output));
  };
  child.stdout?.on('data', listen);
  child.stderr?.on('data', listen);
  exited.then(() => ready.reject(new Error(`The demo ended:\n${output}`)));
  return { child, exited, output: () => output, printed: await ready.promise };
}

async function runToEnd(dir: string, env: Record<string, string> = {}) {
  const child = spawnDemo(dir, env);
  if (!child.stderr) throw new Error('There is no pipe.');
  const [complaint, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return { code, complaint };
}

function parsePrinted(output: string): Printed {
  const find = (name: string) => {
    const value = new RegExp(`^ {2}${name}=(.+)$`, 'm').exec(output)?.[1];
    if (value === undefined) throw new Error(`${name} was not printed:\n${output}`);
    return value;
  };
  return {
    URL: find('URL'),
    TOKEN: find('TOKEN'),
    ADMIN: find('ADMIN'),
    SALE: find('SALE'),
    PRODUCT: find('PRODUCT'),
    STRIPE: find('STRIPE'),
    ADMIN_EMAIL: find('ADMIN_EMAIL'),
    ADMIN_PASSWORD: find('ADMIN_PASSWORD'),
  };
}

async function pollUntilDecided(url: string, token: string): Promise<Record<string, unknown>> {
  for (;;) {
    const ticket = await getJson(`${url}?wait=25`, token);
    if (ticket['status'] !== 'queued') return ticket;
  }
}

function getJson(url: string, token?: string): Promise<Record<string, unknown>> {
  return request(url, token ? { headers: { authorization: `Bearer ${token}` } } : {});
}

function logIn(url: string, { ADMIN_EMAIL: email, ADMIN_PASSWORD: password }: Printed) {
  return request(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
}

function postJson(url: string, token: string, body: unknown, headers: Record<string, string> = {}) {
  return request(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify(body),
  });
}

async function request(url: string, init: RequestInit): Promise<Record<string, unknown>> {
  const response = await fetch(url, init);
  const body = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${body}`);
  return JSON.parse(body);
}
