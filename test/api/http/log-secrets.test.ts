import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SessionView } from '../../../src/api/schemas/auth.ts';
import { createLogger } from '../../../src/process/logger.ts';
import { type MailServer, startMailServer } from '../../support/mail-server.ts';
import { mailsTo } from '../../support/messages.ts';
import { Payer, type PaymentSystem, startPaymentSystem } from '../../support/payments.ts';
import { type Receiver, startReceiver } from '../../support/receiver.ts';
import { SECRET, STRIPE } from '../../support/system.ts';

const EMAIL = 'ann.unlikely@example.org';
const PASSWORD = 'correct horse unlikely';
const WRONG = 'wrong horse unlikely';

let system: PaymentSystem;
let mails: MailServer;
let receiver: Receiver;
let logged = '';
const log = createLogger(
  { level: 'trace', part: 'test' },
  new Writable({
    write(chunk, _, done) {
      logged += String(chunk);
      done();
    },
  }),
);

beforeAll(async () => {
  system = await startPaymentSystem({ log, limits: { auth_account: 3 } });
  mails = await startMailServer();
  receiver = await startReceiver();
  system.startWorker({ log, messages: { mails: mailsTo(mails), webhooks: { allowLocal: true } } });
});
afterAll(async () => {
  await system.stop();
  await mails.stop();
  receiver.stop();
});

it('nothing that is secret is logged, at any level, whatever goes wrong', async () => {
  const client = new Payer(system);
  const post = <T = SessionView>(path: string, body: unknown) =>
    client.call<T>('POST', `/api/auth/${path}`, { body });
  const session = (await post('register', { email: EMAIL, password: PASSWORD })).body;
  for (let i = 0; i < 5; i++) await post('login', { email: EMAIL, password: WRONG });
  const guest = (await post('guest', { email: EMAIL })).body;
  const refreshed = (await post('refresh', { refreshToken: guest.refreshToken })).body;
  const next = (await post('refresh', { refreshToken: refreshed.refreshToken })).body;
  await post('refresh', { refreshToken: guest.refreshToken }); // its session ends, with a warning
  await post('logout', { refreshToken: session.refreshToken });
  await client.call('GET', '/api/me', { token: `${session.accessToken}x` });

  const sale = await client.createSale({ stock: 5 });
  const webhook = await client.call<{ secret: string }>(
    'POST',
    `/api/admin/sales/${sale.id}/webhooks`,
    {
      token: await client.token('seller', 'admin'),
      body: { url: `${receiver.url}&key=unlikely-key` },
    },
  );
  // Both refuse, and say to whom.
  mails.refuse.mailbox = 450;
  receiver.answer = (response) => response.writeHead(500).end(`${EMAIL} ${webhook.body.secret}`);
  const token = session.accessToken;
  const { order } = await client.buy(sale, token);
  const orderId = order?.id ?? '';
  const payment = await client.payment(orderId, token);
  await client.confirm(payment, 'pm_card_chargeDeclined');
  await client.confirm(payment);
  await client.until({ orderId, token }, 'paid');
  const told = () => logged.match(/"msg":"message"/g)?.length ?? 0;
  await expect.poll(told).toBeGreaterThanOrEqual(2);
  mails.refuse = {};
  receiver.answer = (response) => response.writeHead(204).end();
  await expect.poll(() => mails.mails.length).toBeGreaterThan(0);
  await expect.poll(() => receiver.received.length).toBeGreaterThan(1);
  const [, orderKey = ''] = /#key=([\w-]+)/.exec(mails.mails[0]?.parsed.text ?? '') ?? [];
  const opened = await client.call<{ accessToken: string }>(
    'POST',
    `/api/orders/${orderId}/access`,
    { body: { key: orderKey } },
  );
  await client.call('GET', `/api/orders/${orderId}#key=${orderKey}`, {
    token: opened.body.accessToken,
  });
  log.error({ err: new Error(`a browser told /orders/${orderId}#key=${orderKey}`) }, 'told');
  await client.call('POST', '/api/webhooks/stripe', {
    body: { id: 'evt_forged', data: { object: { client_secret: payment.clientSecret } } },
    headers: { 'stripe-signature': 't=1,v1=unlikely-signature' },
  });

  // Stripe refuses: it is logged what the SDK throws.
  const second = await client.hold(sale);
  await system.deps.stripe.paymentIntents
    .confirm(payment.paymentIntentId, { payment_method: 'pm_card_visa' })
    .catch((err: unknown) => log.error({ err }, 'refused'));
  const third = await client.hold(sale);
  // Postgres refuses a row and names it; Redis refuses a command and names its arguments.
  const user = { id: 'x', email: EMAIL.toUpperCase(), password_hash: WRONG, name: null };
  await system.db
    .insertInto('users')
    .values(user)
    .execute()
    .catch((err: unknown) => log.error({ err }, 'refused'));
  await system.redis
    .call('AUTH', 'fairline', WRONG)
    .catch((err: unknown) => log.error({ err }, 'refused'));

  expect(logged).toContain('a used refresh token');
  expect(logged).toContain('payment settled');
  expect(logged).toContain('StripeInvalidRequestError');
  expect(logged).toContain('users_email');
  expect(logged).toContain('WRONGPASS');
  const secrets = {
    ...{ hookKey: 'unlikely-key', hookSecret: webhook.body.secret },
    hookSignature: String(receiver.received[0]?.headers['webhook-signature']),
    ...{ EMAIL, PASSWORD, WRONG, SECRET, key: STRIPE.secretKey, hook: STRIPE.webhookSecret },
    access: session.accessToken.split('.').at(-1) ?? '',
    refresh: session.refreshToken,
    ofGuest: guest.refreshToken,
    ofNext: next.refreshToken,
    orderKey,
    order: opened.body.accessToken.split('.').at(-1) ?? '',
    client: payment.clientSecret.split('_secret_').at(-1) ?? '',
    signature: 'unlikely-signature',
    holders: second.token.split('.').at(-1) ?? '',
    last: third.token.split('.').at(-1) ?? '',
    databasePassword: new URL(system.databaseUrl).password || 'no password',
  };
  for (const [name, secret] of Object.entries(secrets)) {
    expect(secret.length, name).toBeGreaterThan(7);
    expect(logged.toLowerCase().includes(secret.toLowerCase()), name).toBe(false);
  }
});
