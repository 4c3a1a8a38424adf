import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebhookView } from '../../src/api/schemas/webhook.ts';
import { noteContacts } from '../../src/db/contacts.ts';
import { Script } from '../../src/redis/script.ts';
import { checkDatabase } from '../support/checker.ts';
import { KilledWorker } from '../support/killed-worker.ts';
import { type MailServer, startMailServer } from '../support/mail-server.ts';
import { type Holder, Payer, type PaymentSystem, startPaymentSystem } from '../support/payments.ts';
import type { TcpProxy } from '../support/proxy.ts';
import { type Receiver, startReceiver, verified } from '../support/receiver.ts';
import { STRIPE } from '../support/system.ts';

describe('a worker process killed while it records or delivers a message', () => {
  let system: PaymentSystem;
  let client: Payer;
  let mails: MailServer;
  let receiver: Receiver;
  let worker: KilledWorker<'REDIS_URL' | 'DATABASE_URL'>;
  let redis: TcpProxy;
  let postgres: TcpProxy;
  beforeAll(async () => {
    system = await startPaymentSystem();
    client = new Payer(system);
    receiver = await startReceiver();
    mails = await startMailServer();
    worker = await KilledWorker.start(
      { REDIS_URL: system.redisUrl, DATABASE_URL: system.databaseUrl },
      {
        STRIPE_SECRET_KEY: STRIPE.secretKey,
        STRIPE_API_URL: system.stripeUrl,
        SMTP_URL: mails.url,
        SMTP_FROM: 'tickets@shop.example',
        PUBLIC_URL: 'https://shop.example',
        WEBHOOK_ALLOW_LOCAL: 'true',
      },
    );
    ({ REDIS_URL: redis, DATABASE_URL: postgres } = worker.proxies);
  });
  afterAll(async () => {
    await worker.stop();
    await mails.stop();
    receiver.stop();
    await system.stop();
  });

  const allSent = async ({ orderId }: Holder) => {
    const rows = await system.db
      .selectFrom('deliveries')
      .innerJoin('messages', 'messages.id', 'message_id')
      .select('state')
      .where('order_id', '=', orderId)
      .execute();
    return rows.length > 0 && rows.every(({ state }) => state === 'sent');
  };
  /** As if the time were over that the killed worker had for its try. */
  const endLease = () => system.db.updateTable('deliveries').set({ claimed_until: null }).execute();
  const mailsTo = (email: string) => mails.mails.filter(({ to }) => to.includes(email));
  /** A buyer with an address holds an order, which is to be paid. */
  const holdWithAddress = async () => {
    const who = await client.hold(await client.createSale());
    const email = `${who.orderId}@example.org`;
    const { buyer_id: buyer } = await system.db
      .selectFrom('orders')
      .select('buyer_id')
      .where('id', '=', who.orderId)
      .executeTakeFirstOrThrow();
    await noteContacts(system.db, [{ buyer, email }]);
    return { who, email, payment: await client.payment(who.orderId, who.token) };
  };

  it('between sending a mail and recording it: resent under the same Message-ID', async () => {
    const { who, email, payment } = await holdWithAddress();
    const point = postgres.hold('update "deliveries" set "status"');
    await client.confirm(payment);
    await worker.killAt(point);
    await client.until(who, 'paid');
    await endLease();
    await expect.poll(() => mailsTo(email).length).toBe(2);
    await expect.poll(() => allSent(who)).toBe(true);
    const ids = mailsTo(email).map(({ parsed }) => parsed.messageId);
    expect(ids[0]).toMatch(/^<msg_[0-9a-f]{32}@shop\.example>$/);
    expect(ids[1]).toBe(ids[0]);
    expect(mailsTo(email)).toHaveLength(2);
  });

  const call = (name: string) => new Script(name).sha;
  it.each([
    ['before the message is written', () => postgres.hold('insert into messages')],
    ['before the commit', () => postgres.hold('insert into messages', 'commit')],
    ['between commit and publish', () => redis.hold(call('publish'))],
    ['before it is addressed', () => postgres.hold('from messages')],
  ])('%s: it is there once, and sent', async (_, hang) => {
    const { who, email, payment } = await holdWithAddress();
    const point = hang();
    await client.confirm(payment);
    await worker.killAt(point);
    await client.until(who, 'paid');
    await expect.poll(() => mailsTo(email).length).toBe(1);
    await expect.poll(() => allSent(who)).toBe(true);
    expect(await checkDatabase(system.db)).toEqual([]);
    const rows = await system.db
      .selectFrom('messages')
      .select('kind')
      .where('order_id', '=', who.orderId)
      .execute();
    expect(rows).toEqual([{ kind: 'order.paid' }]);
  });

  it('between a webhook and noting it: it is sent again under the same id', async () => {
    await worker.kill();
    worker.startAnother({ SMTP_URL: '' }); // the only delivery is the webhook
    const sale = await client.createSale();
    const { body: webhook } = await client.call<WebhookView & { secret: string }>(
      'POST',
      `/api/admin/sales/${sale.id}/webhooks`,
      { token: await client.token('seller', 'admin'), body: { url: receiver.url } },
    );
    const who = await client.hold(sale);
    const payment = await client.payment(who.orderId, who.token);
    const point = postgres.hold('update "deliveries" set "status"');
    await client.confirm(payment);
    await worker.killAt(point);
    await endLease();
    expect(receiver.received).toHaveLength(1);
    await expect.poll(() => receiver.received.length).toBe(2);
    await expect.poll(() => allSent(who)).toBe(true);
    const ids = receiver.received.map((one) => verified(one, webhook.secret).id);
    expect(new Set(ids).size).toBe(1);
  });
});
