import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestRefund } from '../../src/db/refund-requests.ts';
import { compare } from '../../src/line/reconcile.ts';
import { Script } from '../../src/redis/script.ts';
import { checkDatabase } from '../support/checker.ts';
import { endHold } from '../support/holds.ts';
import { KilledWorker } from '../support/killed-worker.ts';
import { checkMoney } from '../support/money.ts';
import { Payer, type PaymentSystem, startPaymentSystem } from '../support/payments.ts';
import type { Held, TcpProxy } from '../support/proxy.ts';
import { STRIPE } from '../support/system.ts';

/** The name by which Redis knows a script of ours. */
const call = (name: string) => new Script(name).sha;

describe('a worker process killed while it works on a payment (I8)', () => {
  let system: PaymentSystem;
  let client: Payer;
  let worker: KilledWorker<'REDIS_URL' | 'DATABASE_URL' | 'STRIPE_API_URL'>;
  let redis: TcpProxy;
  let postgres: TcpProxy;
  let stripe: TcpProxy;
  beforeAll(async () => {
    system = await startPaymentSystem();
    client = new Payer(system);
    const { redisUrl, databaseUrl, stripeUrl } = system;
    worker = await KilledWorker.start(
      { REDIS_URL: redisUrl, DATABASE_URL: databaseUrl, STRIPE_API_URL: stripeUrl },
      { STRIPE_SECRET_KEY: STRIPE.secretKey },
    );
    ({ REDIS_URL: redis, DATABASE_URL: postgres, STRIPE_API_URL: stripe } = worker.proxies);
  });
  afterAll(async () => {
    await worker.stop();
    await system.stop();
  });

  const expectAllWell = async () => {
    await expect.poll(() => checkMoney(system.db, system.stripe)).toEqual([]);
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
    await worker.killAt(point);
    await client.until(who, 'paid');
    await expectAllWell();
    const pays = await system.db
      .selectFrom('log')
      .select('seq')
      .where('kind', '=', 'pay')
      .where('sale_id', '=', sale.id)
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
    await worker.killAt(point);
    await client.until(who, 'refunded');
    await client.untilPayment(who, 'refunded');
    await expectAllWell();
    const refunds = system.stripe.refunds();
    const { paymentIntentId } = who;
    expect(refunds.filter((one) => one.payment_intent === paymentIntentId)).toHaveLength(1);
  });

  it.each([
    ["between Stripe's answer and the units", () => redis.hold(call('return-some'))],
    ['before the commit', () => postgres.hold('insert into log', 'commit')],
    ['between commit and acknowledgement', () => postgres.hold('update "refunds" set "done_at"')],
  ] as [string, () => Held][])('giving back a part, %s: once', async (_, hold) => {
    const sale = await client.createSale({ stock: 2, perBuyerLimit: 2 });
    const who = await client.hold(sale, 2);
    const payment = await client.payment(who.orderId, who.token);
    await client.confirm(payment);
    await client.until(who, 'paid');
    const point = hold();
    await requestRefund(system.db, {
      ...{ payment: payment.paymentIntentId, reason: 'requested', restock: true },
      ...{ amount: 600, items: [{ index: 0, quantity: 1 }] },
    });
    await worker.killAt(point);
    await expect.poll(async () => (await client.order(who)).items[0]?.returned).toBe(1);
    await expect.poll(async () => (await client.order(who)).amountRefunded).toBe(600);
    await expectAllWell();
    const refunds = system.stripe.refunds();
    const { paymentIntentId } = payment;
    expect(refunds.filter((one) => one.payment_intent === paymentIntentId)).toHaveLength(1);
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
    const sale = await client.createSale({ stock: 2 });
    const who = await client.hold(sale);
    await client.payment(who.orderId, who.token);
    const point = hold();
    await endHold(system, who.orderId);
    await worker.killAt(point);
    await client.until(who, 'expired');
    await expectAllWell();
    const stock = { total: 2, available: 2, held: 0, sold: 0 };
    await expect.poll(async () => (await client.sale(sale.id)).products[0]?.stock).toEqual(stock);
  });
});
