import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebhookView } from '../../src/api/schemas/webhook.ts';
import { noteContacts } from '../../src/db/contacts.ts';
import { Script } from '../../src/redis/script.ts';
import { checkDatabase } from '../support/checker.ts';
import { type MailServer, startMailServer } from '../support/mail-server.ts';
import { type Part, startPart } from '../support/parts.ts';
import { Payer, type PaymentSystem, startPaymentSystem } from '../support/payments.ts';
import { type Held, proxyTo, type TcpProxy } from '../support/proxy.ts';
import { type Receiver, startReceiver, verified } from '../support/receiver.ts';
import { STRIPE } from '../support/system.ts';

/**
 * Each point is a request of the worker's that is held before the server gets it: what is before it
 * has happened.
 */
describe('a worker process killed while it records or delivers a message', () => {
  let system: PaymentSystem;
  let client: Payer;
  let redis: TcpProxy;
  let postgres: TcpProxy;
  let mails: MailServer;
  let receiver: Receiver;
  let workers: Part[];
  beforeEach(async () => {
    system = await startPaymentSystem();
    client = new Payer(system);
    redis = await proxyTo(new URL(system.redisUrl));
    postgres = await proxyTo(new URL(system.databaseUrl));
    mails = await startMailServer();
    receiver = await startReceiver();
    workers = [start({ REDIS_URL: redis.url, DATABASE_URL: postgres.url })];
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.end('SIGKILL')));
    for (const proxy of [redis, postgres]) proxy.close();
    await mails.stop();
    receiver.stop();
    await system.stop();
  });

  const start = (urls: Record<string, string>) =>
    startPart('worker', {
      STRIPE_SECRET_KEY: STRIPE.secretKey,
      STRIPE_API_URL: system.stripeUrl,
      SMTP_URL: mails.url,
      SMTP_FROM: 'tickets@shop.example',
      PUBLIC_URL: 'https://shop.example',
      WEBHOOK_ALLOW_LOCAL: 'true',
      ...urls,
    });
  const killAt = async (point: Held) => {
    await point.reached;
    await workers[0]?.end('SIGKILL');
    workers.push(start({ REDIS_URL: system.redisUrl, DATABASE_URL: system.databaseUrl }));
  };
  const allSent = async () => {
    const rows = await system.db.selectFrom('deliveries').select('state').execute();
    return rows.length > 0 && rows.every(({ state }) => state === 'sent');
  };
  /** As if the time were over that the killed worker had for its try. */
  const endLease = () => system.db.updateTable('deliveries').set({ claimed_until: null }).execute();
  /** A buyer with an address holds an order; what is to be paid. */
  const hold = async (withWebhook: boolean) => {
    const sale = await client.createSale();
    const { body: webhook } = await client.call<WebhookView & { secret: string }>(
      'POST',
      `/api/admin/sales/${sale.id}/webhooks`,
      { token: await client.token('seller', 'admin'), body: { url: receiver.url } },
    );
    if (!withWebhook) {
      const path = `/api/admin/webhooks/${webhook.id}`;
      await client.call('DELETE', path, { token: await client.token('seller', 'admin') });
    }
    const who = await client.hold(sale);
    const { buyer_id: buyer } = await system.db
      .selectFrom('orders')
      .select('buyer_id')
      .executeTakeFirstOrThrow();
    if (!withWebhook) await noteContacts(system.db, [{ buyer, email: 'ann@example.org' }]);
    const payment = await client.payment(who.orderId, who.token);
    return { who, payment, webhook };
  };

  it('between sending a mail and recording it: resent under the same Message-ID', async () => {
    const { who, payment } = await hold(false);
    const point = postgres.hold('update "deliveries" set "status"');
    await client.confirm(payment);
    await killAt(point);
    await client.until(who, 'paid');
    await endLease();
    await expect.poll(() => mails.mails.length, { timeout: 15_000 }).toBe(2);
    await expect.poll(allSent).toBe(true);
    const ids = mails.mails.map(({ parsed }) => parsed.messageId);
    expect(ids[0]).toMatch(/^<msg_[0-9a-f]{32}@shop\.example>$/);
    expect(ids[1]).toBe(ids[0]);
    expect(mails.mails).toHaveLength(2);
  });

  it('between a webhook and noting it: it is sent again under the same id', async () => {
    await workers.pop()?.end('SIGKILL');
    const urls = { REDIS_URL: redis.url, DATABASE_URL: postgres.url };
    workers.push(start({ ...urls, SMTP_URL: '' })); // the only delivery is the webhook
    const { payment, webhook } = await hold(true);
    const point = postgres.hold('update "deliveries" set "status"');
    await client.confirm(payment);
    await killAt(point);
    await endLease();
    expect(receiver.received).toHaveLength(1);
    await expect.poll(() => receiver.received.length, { timeout: 15_000 }).toBe(2);
    await expect.poll(allSent).toBe(true);
    const ids = receiver.received.map((one) => verified(one, webhook.secret).id);
    expect(new Set(ids).size).toBe(1);
  });

  const call = (name: string) => new Script(name).sha;
  it.each([
    ['before the message is written', () => postgres.hold('insert into messages')],
    ['before the commit', () => postgres.hold('insert into messages', 'commit')],
    ['between commit and publish', () => redis.hold(call('publish'))],
    ['before it is addressed', () => postgres.hold('from messages')],
  ])('%s: it is there once, and sent', async (_, hang) => {
    const { who, payment } = await hold(false);
    const point = hang();
    await client.confirm(payment);
    await killAt(point);
    await client.until(who, 'paid');
    await expect.poll(() => mails.mails.length, { timeout: 15_000 }).toBe(1);
    await expect.poll(allSent).toBe(true);
    expect(await checkDatabase(system.db)).toEqual([]);
    const rows = await system.db.selectFrom('messages').select('kind').execute();
    expect(rows).toEqual([{ kind: 'order.paid' }]);
  });
});
