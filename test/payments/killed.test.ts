import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requestRefund } from '../../src/db/refund-requests.ts';
import { compare } from '../../src/line/reconcile.ts';
import { Script } from '../../src/redis/script.ts';
import { checkDatabase } from '../support/checker.ts';
import { checkMoney } from '../support/money.ts';
import { type Part, startPart } from '../support/parts.ts';
import { Payer, type PaymentSystem, startPaymentSystem } from '../support/payments.ts';
import { type Held, proxyTo, type TcpProxy } from '../support/proxy.ts';
import { STRIPE } from '../support/system.ts';

/** The name by which Redis knows a script of ours. */
const call = (name: string) => new Script(name).sha;

/**
 * A worker process behind three proxies. Each point is a request of its that is held before the
 * server gets it: everything before it has happened, nothing behind it has.
 */
describe('a worker process killed while it works on a payment (I8)', () => {
  let system: PaymentSystem;
  let client: Payer;
  let redis: TcpProxy;
  let postgres: TcpProxy;
  let stripe: TcpProxy;
  let workers: Part[];
  beforeEach(async () => {
    system = await startPaymentSystem();
    client = new Payer(system);
    redis = await proxyTo(new URL(system.redisUrl));
    postgres = await proxyTo(new URL(system.databaseUrl));
    stripe = await proxyTo(new URL(system.stripeUrl));
    workers = [
      start({ REDIS_URL: redis.url, DATABASE_URL: postgres.url, STRIPE_API_URL: stripe.url }),
    ];
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.end('SIGKILL')));
    for (const proxy of [redis, postgres, stripe]) proxy.close();
    await system.stop();
  });

  const start = (urls: Record<string, string>) =>
    startPart('worker', { STRIPE_SECRET_KEY: STRIPE.secretKey, ...urls });
  /** Kills the worker at a point, and starts another. */
  const killAt = async (point: Held) => {
    await point.reached;
    await workers[0]?.end('SIGKILL');
    workers.push(
      start({
        REDIS_URL: system.redisUrl,
        DATABASE_URL: system.databaseUrl,
        STRIPE_API_URL: system.stripeUrl,
      }),
    );
  };
  const expectAllWell = async () => {
    await expect.poll(() => checkMoney(system.db, system.stripe), { timeout: 15_000 }).toEqual([]);
    expect(await checkDatabase(system.db)).toEqual([]);
    const shard = system.shards.at(0);
    await expect
      .poll(async () => {
        shard.invalidate();
        return compare(system, shard, 'all');
      })
      .toMatchObject({ status: 'same' });
  };

  const eventSteps: [string, () => Held][] = [
    ['before pay', () => redis.hold(call('pay'))],
    ['after pay, before its record', () => postgres.hold('update "shards" set "log_seq"')],
    ['before the commit', () => postgres.hold('insert into log', 'commit')],
    ['between commit and publish', () => redis.hold(call('publish'))],
    [
      'between commit and acknowledgement',
      () => postgres.hold('update "webhook_events" set "applied_at"'),
    ],
  ];

  it.each(eventSteps)('applying an event, %s: the order is paid once', async (_, hold) => {
    const sale = await client.createSale({ stock: 2 });
    const who = await client.hold(sale);
    const payment = await client.payment(who.orderId, who.token);
    const point = hold();
    await client.confirm(payment);
    await killAt(point);
    await client.until(who, 'paid');
    await expectAllWell();
    const pays = await system.db
      .selectFrom('log')
      .select('seq')
      .where('kind', '=', 'pay')
      .execute();
    expect(pays).toHaveLength(1);
  });

  const refundSteps: [string, () => Held][] = [
    ['before Stripe is asked', () => stripe.hold('POST /v1/refunds')],
    ["between Stripe's answer and the units", () => redis.hold(call('return-units'))],
    ["between Stripe's answer and the commit", () => postgres.hold('insert into log', 'commit')],
    [
      "between Stripe's answer and its note",
      () => postgres.hold('update "refunds" set "stripe_id"'),
    ],
    ['between commit and acknowledgement', () => postgres.hold('update "refunds" set "done_at"')],
  ];

  it.each(refundSteps)('giving back, %s: the money goes back once', async (_, hold) => {
    const sale = await client.createSale({ stock: 2 });
    const who = await client.holdAndPay(sale);
    await client.until(who, 'paid');
    const point = hold();
    await requestRefund(system.db, {
      ...{ payment: who.paymentIntentId, reason: 'requested', restock: true },
    });
    await killAt(point);
    await client.until(who, 'refunded');
    await client.untilPayment(who, 'refunded');
    await expectAllWell();
    expect(system.stripe.refunds()).toHaveLength(1);
  });

  it.each([
    ["between Stripe's answer and the units", () => redis.hold(call('return-some'))],
    ['before the commit', () => postgres.hold('insert into log', 'commit')],
    ['between commit and acknowledgement', () => postgres.hold('update "refunds" set "done_at"')],
  ] as [string, () => Held][])('giving back a part, %s: once', async (_, hold) => {
    const sale = await client.createSale({ stock: 2, perBuyerLimit: 2 });
    const who = await client.hold(sale, 2);
    await client.confirm(await client.payment(who.orderId, who.token));
    await client.until(who, 'paid');
    const point = hold();
    await requestRefund(system.db, {
      ...{ payment: system.stripe.intents()[0]?.id ?? '', reason: 'requested', restock: true },
      ...{ amount: 600, items: [{ index: 0, quantity: 1 }] },
    });
    await killAt(point);
    await expect.poll(async () => (await client.order(who)).items[0]?.returned).toBe(1);
    await expect.poll(async () => (await client.order(who)).amountRefunded).toBe(600);
    await expectAllWell();
    expect(system.stripe.refunds()).toHaveLength(1);
    expect(await client.order(who)).toMatchObject({ status: 'paid' });
  });

  const endSteps: [string, () => Held][] = [
    ['before Stripe is asked', () => stripe.hold('/cancel')],
    ["between Stripe's answer and the release", () => redis.hold(call('release'))],
    ['before the commit', () => postgres.hold('insert into log', 'commit')],
    [
      'between commit and acknowledgement',
      () => postgres.hold('update "payment_requests" set "closed_at"'),
    ],
  ];

  it.each(endSteps)('ending a hold, %s: the units come back once', async (_, hold) => {
    const sale = await client.createSale({ stock: 2, holdSeconds: 1 });
    const who = await client.hold(sale);
    await client.payment(who.orderId, who.token);
    const point = hold();
    await killAt(point);
    await client.until(who, 'expired');
    await expectAllWell();
    const stock = { total: 2, available: 2, held: 0, sold: 0 };
    await expect.poll(async () => (await client.sale(sale.id)).products[0]?.stock).toEqual(stock);
  });
});
