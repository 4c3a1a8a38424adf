import { Stripe } from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { findPaymentOrder } from '../../src/db/orders.ts';
import { releaseHold } from '../../src/line/release-hold.ts';
import type { Problem } from '../support/client.ts';
import { checkMoney } from '../support/money.ts';
import { Payer, type PaymentSystem, startPaymentSystem } from '../support/payments.ts';
import { STRIPE } from '../support/system.ts';

describe("Stripe's webhooks", () => {
  let system: PaymentSystem;
  let client: Payer;
  let sale: SaleView;
  beforeAll(async () => {
    system = await startPaymentSystem();
    system.startWorker();
    system.stripe.deliveries.mode = 'held';
    client = new Payer(system);
    sale = await client.createSale({ stock: 100 });
  });
  afterAll(() => system.stop());

  const sign = (payload: string, options: { timestamp?: number; secret?: string } = {}) =>
    Stripe.webhooks.generateTestHeaderString({
      payload,
      secret: STRIPE.webhookSecret,
      ...options,
    });
  const post = (payload: string, signature?: string) =>
    client.call<Problem>('POST', '/api/webhooks/stripe', {
      body: payload,
      ...(signature === undefined ? {} : { headers: { 'stripe-signature': signature } }),
    });
  /** The events of a payment, as Stripe would send them. */
  const eventsOf = (payment: string) =>
    system.stripe.deliveries
      .held()
      .filter((event) => (event.data.object as { id?: string }).id === payment);
  const stored = (id: string) =>
    system.db.selectFrom('webhook_events').selectAll().where('id', '=', id).execute();
  const untilApplied = (id: string) =>
    expect.poll(async () => (await stored(id))[0]?.applied_at).toBeInstanceOf(Date);

  it('refuses what Stripe did not sign, or not lately, and stores nothing of it', async () => {
    const payload = JSON.stringify({ id: 'evt_forged', type: 'payment_intent.succeeded' });
    const tampered = payload.replace('evt_forged', 'evt_forged2');
    const old = Math.floor(Date.now() / 1000) - 301;
    const refused = await Promise.all([
      post(payload),
      post(payload, 'nonsense'),
      post(payload, sign(payload, { secret: 'whsec_other' })),
      post(payload, sign(payload, { timestamp: old })),
      post(tampered, sign(payload)),
      post('', sign('')),
      post(payload, 't=,v1='),
      post(payload, 't=1,,,=,v1'),
      post('no json', sign('no json')),
      post('{"object":"v2.core.event"}', sign('{"object":"v2.core.event"}')),
      post('[]', sign('[]')),
    ]);
    expect(refused.slice(0, 5).map(({ status, body }) => `${status} ${body.code}`)).toEqual(
      Array(5).fill('400 invalid_signature'),
    );
    expect(refused.slice(5).map(({ status }) => status)).toEqual([400, 400, 400, 400, 400, 422]);
    expect(await system.db.selectFrom('webhook_events').select('id').execute()).toEqual([]);
  });

  it('each event counts once, however often and in whatever order it comes', async () => {
    const who = await client.holdAndPay(sale, 'pm_card_chargeDeclined');
    await client.confirm(who);
    const events = eventsOf(who.paymentIntentId);
    expect(events.map(({ type }) => type)).toEqual([
      'payment_intent.created',
      'payment_intent.payment_failed',
      'payment_intent.succeeded',
    ]);
    const shuffled = [...events].reverse().flatMap(({ id }) => [id, id, id]);
    const statuses = await Promise.all(shuffled.map((id) => system.stripe.deliveries.send(id)));
    expect(statuses).toEqual(Array(9).fill(200));
    const order = await client.until(who, 'paid');
    expect(order.payments).toMatchObject([{ status: 'succeeded' }]);
    for (const { id } of events) {
      await untilApplied(id);
      expect(await stored(id)).toHaveLength(1);
    }
    const entries = await system.db
      .selectFrom('log')
      .select('seq')
      .where('kind', '=', 'pay')
      .execute();
    expect(entries).toHaveLength(1);
    expect(await checkMoney(system.db, system.stripe)).toEqual([]);
  });

  it('stores and ignores types that it does not handle, and payments of no order', async () => {
    const foreign = await system.deps.stripe.paymentIntents.create({
      ...{ amount: 700, currency: 'eur', confirm: true, payment_method: 'pm_card_visa' },
      metadata: { orderId: 'somebody-elses' },
    });
    const unmarked = await system.deps.stripe.paymentIntents.create({
      amount: 70,
      currency: 'eur',
    });
    const results = async (payment: string) => {
      const events = eventsOf(payment);
      for (const { id } of events) {
        expect(await system.stripe.deliveries.send(id)).toBe(200);
        await untilApplied(id);
      }
      return Promise.all(events.map(async ({ id, type }) => [type, (await stored(id))[0]?.result]));
    };
    expect(await results(foreign.id)).toEqual([
      ['payment_intent.created', 'ignored'],
      ['payment_intent.succeeded', 'foreign'],
    ]);
    expect(await results(unmarked.id)).toEqual([['payment_intent.created', 'ignored']]);
    expect(system.stripe.refunds()).toEqual([]); // it is not ours to give back
    await system.deps.stripe.refunds.create({ payment_intent: foreign.id }); // for the balance
  });

  it('an event that the queue has lost is found in Postgres', async () => {
    const who = await client.holdAndPay(sale);
    const [event] = eventsOf(who.paymentIntentId).filter(({ type }) => type.endsWith('succeeded'));
    await system.stopWorker(); // no event is applied
    expect(await system.stripe.deliveries.send(event?.id ?? '')).toBe(200);
    expect((await stored(event?.id ?? ''))[0]).toMatchObject({ applied_at: null });
    await system.redis.flushall(); // the queue forgets it, too
    system.startWorker();
    await client.until(who, 'paid');
    await untilApplied(event?.id ?? '');
    expect(await checkMoney(system.db, system.stripe)).toEqual([]);
  });

  it('an event that cannot be applied yet is tried again until it is', async () => {
    const waitlisted = await client.createSale({ stock: 1, waitlist: true });
    const who = await client.hold(waitlisted);
    const payment = await client.payment(who.orderId, who.token);
    // As where a script stopped at its bound: what is available is being offered.
    const late = { ...who, ...payment };
    const order = await findPaymentOrder(system.db, who.orderId);
    if (order === undefined) throw new Error('nothing is held');
    await releaseHold(system.deps, order, 'expired');
    const shard = system.shards.at(0);
    const { sale: key } = shard.keys.at(await shard.epoch()).sale(waitlisted.id);
    await system.redis.hset(key, 'offering', '1');
    await client.confirm(late);
    const [event] = eventsOf(late.paymentIntentId).filter(({ type }) => type.endsWith('succeeded'));
    await system.stripe.deliveries.send(event?.id ?? '');
    await expect.poll(async () => (await stored(event?.id ?? ''))[0]?.tries).toBeGreaterThan(0);
    expect((await stored(event?.id ?? ''))[0]?.applied_at).toBeNull();
    await system.redis.hset(key, 'offering', '');
    await client.until(late, 'paid');
    await untilApplied(event?.id ?? '');
  });

  it('refuses what is too large for an event', async () => {
    expect((await post('x'.repeat(600_000), 'any')).status).toBe(413);
  });
});
