import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ActionView } from '../../src/api/schemas/admin-action.ts';
import type { AdminOrderView, OrderView } from '../../src/api/schemas/order.ts';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { compare } from '../../src/line/reconcile.ts';
import { checkDatabase } from '../support/checker.ts';
import type { Answer } from '../support/client.ts';
import { checkMoney } from '../support/money.ts';
import { type Holder, Payer, type PaymentSystem, startPaymentSystem } from '../support/payments.ts';

type Refunded = Omit<AdminOrderView, 'status'> & {
  status: string | number;
  code?: string;
  detail?: string;
};

describe('giving back a part', () => {
  let system: PaymentSystem;
  let client: Payer;
  let admin: string;
  beforeAll(async () => {
    system = await startPaymentSystem();
    system.startWorker();
    client = new Payer(system);
    admin = await client.token('seller', 'admin');
  });
  afterEach(async () => {
    system.stripe.faults.onCall = () => 'none';
    system.stripe.deliveries.release();
    await expect.poll(() => checkMoney(system.db, system.stripe)).toEqual([]);
    expect(await checkDatabase(system.db)).toEqual([]);
    const shard = system.shards.at(0);
    expect(await compare(system, shard, 'all')).toMatchObject({ status: 'same' });
  });
  afterAll(() => system.stop());

  const refund = (
    { orderId }: Pick<Holder, 'orderId'>,
    body: object,
    key?: string,
  ): Promise<Answer<Refunded>> =>
    client.call('POST', `/api/admin/orders/${orderId}/refund`, {
      ...{ token: admin, body },
      headers: key === undefined ? {} : { 'idempotency-key': key },
    });
  const paid = async (sale: SaleView, quantity = 1, method?: string) => {
    const who = await client.hold(sale, quantity);
    const payment = await client.payment(who.orderId, who.token);
    await client.confirm(payment, method);
    await client.until(who, 'paid');
    return { ...who, ...payment };
  };
  const stock = ({ id }: SaleView) =>
    system.db
      .selectFrom('products')
      .select(['total', 'available', 'held', 'sold'])
      .where('sale_id', '=', id)
      .executeTakeFirstOrThrow();
  const refundsOf = ({ paymentIntentId }: { paymentIntentId: string }) =>
    system.stripe.refunds().filter((made) => made.payment_intent === paymentIntentId);
  const items = (sale: SaleView, quantity: number) => [
    { productId: sale.products[0]?.id, quantity },
  ];

  it('the order stays paid with fewer units; its buyer may buy as many again (I6)', async () => {
    const sale = await client.createSale({ stock: 5, perBuyerLimit: 3 });
    const who = await paid(sale, 3);
    const part = { restock: true, amount: 1_000, items: items(sale, 1) };
    const { body } = await refund(who, part);
    expect(body).toMatchObject({
      ...{ status: 'paid', amount: 3_000, amountRefunded: 1_000 },
      items: [{ quantity: 3, returned: 1 }],
      payments: [{ status: 'succeeded', amountRefunded: 1_000, refunds: [{ amount: 1_000 }] }],
    });
    expect(await client.order(who)).toMatchObject({ status: 'paid', amountRefunded: 1_000 });
    expect(await stock(sale)).toEqual({ total: 5, available: 3, held: 0, sold: 2 });
    const two = await client.buy(sale, who.token, { quantities: [2] });
    expect(two).toMatchObject({ status: 'rejected', reason: 'limit_reached' });
    expect((await client.buy(sale, who.token)).status).toBe('held');
  });

  it('without units none go back; with the rest of the money all of them do', async () => {
    const sale = await client.createSale({ stock: 5, perBuyerLimit: 3 });
    const who = await paid(sale, 2);
    await refund(who, { amount: 300 });
    expect(await stock(sale)).toMatchObject({ available: 3, sold: 2 });
    await refund(who, { amount: 700, items: items(sale, 1), restock: false });
    expect(await stock(sale)).toEqual({ total: 4, available: 3, held: 0, sold: 1 });
    const { body } = await refund(who, {});
    expect(body).toMatchObject({
      ...{ status: 'refunded', amountRefunded: 2_000 },
      payments: [{ status: 'refunded', refundReason: 'requested' }],
    });
    expect(await stock(sale)).toEqual({ total: 4, available: 4, held: 0, sold: 0 });
    expect(refundsOf(who).map(({ amount }) => amount)).toEqual([300, 700, 1_000]);
    const again = await refund(who, {});
    expect(again.body.status).toBe('refunded');
    expect(refundsOf(who)).toHaveLength(3);
  });

  it('units that come back are offered to the waitlist', async () => {
    const sale = await client.createSale({ stock: 3, perBuyerLimit: 2, waitlist: true });
    const who = await paid(sale, 2);
    await client.hold(sale); // it may come back
    const token = await client.token('patient-parts');
    const waiting = await client.buy(sale, token);
    expect(waiting.status).toBe('waitlisted');
    await refund(who, { amount: 1_000, items: items(sale, 1) });
    expect(await client.poll(waiting.ticketId, token)).toMatchObject({ status: 'held' });
  });

  it('at once, together they never refund more than was paid, or more units', async () => {
    const sale = await client.createSale({ stock: 5, perBuyerLimit: 3 });
    const who = await paid(sale, 2);
    const part = { amount: 600, items: items(sale, 1) };
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => refund(who, part)));
    const codes = answers.map(({ body }) => body.code ?? 'done').sort();
    expect(codes.filter((code) => code === 'done')).toHaveLength(2);
    expect(new Set(codes)).toEqual(new Set(['done', 'invalid_quantity']));
    const money = await Promise.all([1, 2, 3].map(() => refund(who, { amount: 500 })));
    expect(money.map(({ body }) => body.code ?? 'done').sort()).toEqual([
      ...['done', 'refund_too_large', 'refund_too_large'],
    ]);
    expect(await client.order(who)).toMatchObject({ status: 'paid', amountRefunded: 1_700 });
    expect(await stock(sale)).toMatchObject({ available: 5, sold: 0 });
    expect((await refund(who, {})).body).toMatchObject({ status: 'refunded' });
  });

  it('one key refunds once; with other details it is refused', async () => {
    const sale = await client.createSale({ stock: 5 });
    const who = await paid(sale);
    const answers = await Promise.all([1, 2, 3].map(() => refund(who, { amount: 400 }, 'k')));
    answers.push(await refund(who, { amount: 400 }, 'k'));
    for (const { status } of answers) expect(status).toBe(200);
    expect(refundsOf(who)).toHaveLength(1);
    const other = await refund(who, { amount: 300 }, 'k');
    expect(other).toMatchObject({ status: 409, body: { code: 'idempotency_key_reused' } });
    expect((await refund(who, { amount: 400 }, 'k2')).body.amountRefunded).toBe(800);
  });

  it('a key gets its first answer again, also when no such unit is left', async () => {
    const sale = await client.createSale({ stock: 5 });
    const who = await paid(sale);
    const wanted = { amount: 400, items: items(sale, 1) };
    const first = await refund(who, wanted, 'unit');
    expect(first).toMatchObject({ status: 200, body: { items: [{ returned: 1 }] } });
    expect(await refund(who, wanted, 'unit')).toMatchObject({ status: 200, body: first.body });
    expect((await refund(who, wanted, 'other')).body.code).toBe('invalid_quantity');
    expect(refundsOf(who)).toHaveLength(1);
  });

  it('refuses what the order does not have', async () => {
    const products = [{ stock: 5, amount: 1_000 }];
    const sale = await client.createSale({ products, perBuyerLimit: 3 });
    const who = await paid(sale, 2);
    const cases: [object, string][] = [
      [{ amount: 2_001 }, 'refund_too_large'],
      [{ amount: 0 }, 'validation_failed'],
      [{ amount: 1.5 }, 'validation_failed'],
      [{ amount: 5, items: [] }, 'validation_failed'],
      [{ amount: 5, items: [...items(sale, 1), ...items(sale, 1)] }, 'validation_failed'],
      [{ amount: 5, items: [{ productId: 'x', quantity: 1 }] }, 'unknown_product'],
      [{ amount: 5, items: items(sale, 3) }, 'invalid_quantity'],
      [{ items: items(sale, 1) }, 'invalid_quantity'], // all units go back with all that is left
    ];
    for (const [body, code] of cases) {
      expect([body, (await refund(who, body)).body.code]).toEqual([body, code]);
    }
    const bad = await refund(who, { amount: 5 }, 'ä');
    expect(bad.body.code).toBe('invalid_idempotency_key');
    const whole = await client.createSale({
      products: [{ stock: 5, amount: 500, currency: 'isk' }],
    });
    const { order } = await client.buy(whole, await client.token('icelander'));
    const odd = await refund({ orderId: order?.id ?? '' }, { amount: 50 });
    expect(odd.body.code).toBe('validation_failed');
    expect(refundsOf(who)).toEqual([]);
    expect((await refund(who, { items: items(sale, 2) })).body.status).toBe('refunded');
  });

  it('a free order gives some of its units back', async () => {
    const sale = await client.createSale({ products: [{ stock: 3, amount: 0 }], perBuyerLimit: 3 });
    const who = await client.hold(sale, 3);
    await client.call('POST', `/api/orders/${who.orderId}/confirm`, { token: who.token });
    const one = { items: items(sale, 1) };
    const [first, again] = [await refund(who, one, 'free'), await refund(who, one, 'free')];
    expect(first.body).toMatchObject({ status: 'paid', items: [{ quantity: 3, returned: 1 }] });
    expect(again.body).toEqual(first.body);
    expect((await refund(who, { amount: 1 })).body.code).toBe('refund_too_large');
    expect(await stock(sale)).toEqual({ total: 3, available: 1, held: 0, sold: 2 });
    const rest = await refund(who, { items: items(sale, 2), restock: false });
    expect(rest.body.status).toBe('refunded');
    expect(await stock(sale)).toEqual({ total: 1, available: 1, held: 0, sold: 0 });
  });

  it('a free order gives them back once a key, also when as many are left', async () => {
    const sale = await client.createSale({ products: [{ stock: 2, amount: 0 }], perBuyerLimit: 2 });
    const who = await client.hold(sale, 2);
    await client.call('POST', `/api/orders/${who.orderId}/confirm`, { token: who.token });
    const one = { items: items(sale, 1) };
    for (let i = 0; i < 3; i++) {
      const { body } = await refund(who, one, 'half');
      expect(body).toMatchObject({ status: 'paid', items: [{ quantity: 2, returned: 1 }] });
    }
    expect(await stock(sale)).toEqual({ total: 2, available: 1, held: 0, sold: 1 });
    expect((await refund(who, one, 'the rest')).body.status).toBe('refunded');
  });

  it.each(['reset', 'error-before', 'error-after', 'hang-after'] as const)(
    'is made once when Stripe fails: %s',
    async (fault) => {
      const sale = await client.createSale({ stock: 5, perBuyerLimit: 2 });
      const who = await paid(sale, 2);
      let faults = 2; // the SDK tries again by itself
      system.stripe.faults.onCall = ({ method, path }) =>
        method === 'POST' && path === '/v1/refunds' && faults-- > 0 ? fault : 'none';
      const answer = await refund(who, { amount: 900, items: items(sale, 1) });
      expect(answer.status).toBe(200);
      await expect.poll(async () => (await client.order(who)).amountRefunded).toBe(900);
      await expect.poll(() => stock(sale)).toMatchObject({ available: 4, sold: 1 });
      expect(refundsOf(who)).toHaveLength(1);
    },
  );

  it('one that fails at the bank is made again, and its units go back once', async () => {
    const sale = await client.createSale({ stock: 5, perBuyerLimit: 2 });
    const who = await paid(sale, 2, 'pm_card_refundFail');
    await refund(who, { amount: 900, items: items(sale, 1) });
    system.stripe.endProcessing(refundsOf(who)[0]?.id ?? '', 'failed');
    await expect.poll(() => refundsOf(who).length).toBe(2);
    await expect.poll(async () => (await client.order(who)).amountRefunded).toBe(900);
    expect(await stock(sale)).toMatchObject({ available: 4, sold: 1 });
    const rest = await refund(who, { amount: 100, items: items(sale, 1) });
    expect(rest.body).toMatchObject({ status: 'paid', items: [{ returned: 2 }] });
  });

  it("a part refunded in Stripe's dashboard is shown; the rest is what is left", async () => {
    const sale = await client.createSale({ stock: 5 });
    const who = await paid(sale);
    const { refunds } = system.deps.stripe;
    await refunds.create({ payment_intent: who.paymentIntentId, amount: 250 });
    await expect.poll(async () => (await client.order(who)).amountRefunded).toBe(250);
    expect(await client.order(who)).toMatchObject({
      payments: [{ refunds: [{ amount: 250, reason: 'at_stripe', status: 'refunded' }] }],
    });
    // Of this one we are not told in time.
    system.stripe.deliveries.mode = 'held';
    await refunds.create({ payment_intent: who.paymentIntentId, amount: 350 });
    await refund(who, { restock: false });
    const order = await client.until(who, 'refunded');
    expect(order).toMatchObject({ amountRefunded: 1_000 } satisfies Partial<OrderView>);
    expect(refundsOf(who).map(({ amount }) => amount)).toEqual([250, 350, 400]);
    expect(await stock(sale)).toEqual({ total: 4, available: 4, held: 0, sold: 0 });
  });

  it("a part refunded in Stripe's dashboard that fails is no longer shown", async () => {
    const sale = await client.createSale({ stock: 5 });
    const who = await paid(sale, 1, 'pm_card_refundFail');
    const { refunds } = system.deps.stripe;
    const made = await refunds.create({ payment_intent: who.paymentIntentId, amount: 250 });
    await expect.poll(async () => (await client.order(who)).amountRefunded).toBe(250);
    system.stripe.endProcessing(made.id, 'failed');
    await expect.poll(async () => (await client.order(who)).amountRefunded).toBeUndefined();
    expect(await client.order(who)).toMatchObject({
      payments: [{ refunds: [{ endReason: 'failed_at_stripe' }] }],
    });
    expect(refundsOf(who)).toHaveLength(1); // it is not ours to make again
  });

  it('is in the export and in the audit trail', async () => {
    const sale = await client.createSale({ stock: 5, perBuyerLimit: 2 });
    const who = await paid(sale, 2);
    const part = { restock: false, amount: 700, items: items(sale, 1) };
    await refund(who, part);
    const path = `/api/admin/sales/${sale.id}/orders.csv`;
    const { body: csv } = await client.call<string>('GET', path, { token: admin });
    const [names = '', values = ''] = csv.split('\r\n');
    const column = (name: string) => values.split(',')[names.split(',').indexOf(name)];
    expect([column('amountRefunded'), column('unitsReturned')]).toEqual(['700', '1']);
    const trail = await client.call<{ items: ActionView[] }>(
      ...(['GET', `/api/admin/actions?saleId=${sale.id}&action=order.refund`] as const),
      { token: admin },
    );
    expect(trail.body.items).toMatchObject([
      { wanted: part, after: { status: 'paid', amountRefunded: 700, unitsReturned: 1 } },
    ]);
  });
});
