import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AdminOrderView } from '../../src/api/schemas/order.ts';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { findRefund, noteRefund } from '../../src/db/refunds.ts';
import { findEvent } from '../../src/db/stripe-events.ts';
import { checkDatabase } from '../support/checker.ts';
import type { Answer, Problem } from '../support/client.ts';
import { checkMoney } from '../support/money.ts';
import { type Holder, Payer, type PaymentSystem, startPaymentSystem } from '../support/payments.ts';

describe('giving money back', () => {
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
    await expect.poll(() => checkMoney(system.db, system.stripe)).toEqual([]);
    expect(await checkDatabase(system.db)).toEqual([]);
  });
  afterAll(() => system.stop());

  const refund = (
    orderId: string,
    body: unknown = {},
    token = admin,
  ): Promise<Answer<Omit<AdminOrderView, 'status'> & { status: string | number; code?: string }>> =>
    client.call('POST', `/api/admin/orders/${orderId}/refund`, { token, body });
  const stock = async (sale: SaleView) => {
    const { total, available, held, sold } = await system.db
      .selectFrom('products')
      .selectAll()
      .where('sale_id', '=', sale.id)
      .executeTakeFirstOrThrow();
    return { total, available, held, sold };
  };
  const paid = async (sale: SaleView, method?: string) => {
    const who = await client.holdAndPay(sale, method);
    await client.until(who, 'paid');
    return who;
  };
  const refundsOf = ({ paymentIntentId }: { paymentIntentId: string }) =>
    system.stripe.refunds().filter((made) => made.payment_intent === paymentIntentId);

  it('the seller refunds an order: money once, units on sale again, limit freed', async () => {
    const sale = await client.createSale({ stock: 1, perBuyerLimit: 1 });
    const who = await paid(sale);
    const answers = await Promise.all([refund(who.orderId), refund(who.orderId)]);
    const again = await refund(who.orderId, { restock: false }); // the first word counts
    for (const { status } of [...answers, again]) expect(status).toBe(200);
    expect(again.body).toMatchObject({
      ...{ status: 'refunded', buyerId: expect.stringMatching(/^holder-/), lineNumber: 1 },
      payments: [{ status: 'refunded', refundReason: 'requested' }],
    });
    expect(refundsOf(who)).toHaveLength(1);
    expect(await stock(sale)).toEqual({ total: 1, available: 1, held: 0, sold: 0 });
    expect(await client.poll(who.ticketId, who.token, 0)).toMatchObject({ status: 'refunded' });
    expect(await client.buy(sale, who.token)).toMatchObject({ status: 'held' });
  });

  it('without restock the product has fewer', async () => {
    const sale = await client.createSale({ stock: 3 });
    const who = await paid(sale);
    expect((await refund(who.orderId, { restock: false })).body.status).toBe('refunded');
    expect(await stock(sale)).toEqual({ total: 2, available: 2, held: 0, sold: 0 });
  });

  it('what comes back is offered to the waitlist', async () => {
    const sale = await client.createSale({ stock: 2, waitlist: true });
    const who = await paid(sale);
    await client.hold(sale);
    const token = await client.token('patient');
    const waiting = await client.buy(sale, token);
    expect(waiting.status).toBe('waitlisted');
    await refund(who.orderId);
    expect(await client.poll(waiting.ticketId, token)).toMatchObject({ status: 'held' });
  });

  it('refuses what is not paid, unknown, malformed, or not asked by the seller', async () => {
    const sale = await client.createSale({ stock: 5 });
    const who = await client.hold(sale);
    const codes = await Promise.all([
      refund(who.orderId),
      refund('nothing'),
      refund(who.orderId, { restock: 'yes' }),
      refund(who.orderId, { restock: true, sum: 5 }),
      refund(who.orderId, {}, who.token),
    ]);
    expect(codes.map(({ body }) => body.code)).toEqual([
      ...['not_refundable', 'order_not_found', 'validation_failed', 'validation_failed'],
      'forbidden',
    ]);
  });

  it.each([
    ['does not answer', 'reset'],
    ['answers with trouble, and did nothing', 'error-before'],
    ['answers with trouble, but did it', 'error-after'],
    ['did it, but never answers', 'hang-after'],
    ['never answers, and keeps the key', 'hang-before'],
  ] as const)('is not lost when Stripe %s', async (_, fault) => {
    const sale = await client.createSale({ stock: 5 });
    const who = await paid(sale);
    let faults = 2; // the SDK tries again by itself
    system.stripe.faults.onCall = ({ method, path }) =>
      method === 'POST' && path === '/v1/refunds' && faults-- > 0 ? fault : 'none';
    const answer = await refund(who.orderId);
    expect(answer.status).toBe(200); // it is noted: sooner or later it is made
    await client.untilPayment(who, 'refunded');
    expect(refundsOf(who)).toHaveLength(1);
    expect(await stock(sale)).toMatchObject({ available: 5, sold: 0 });
  });

  it('what was noted of a refund that failed does not come back over the next one', async () => {
    const sale = await client.createSale({ stock: 5 });
    const who = await paid(sale, 'pm_card_refundFail');
    await refund(who.orderId);
    const stale = await findRefund(system.db, who.paymentIntentId);
    const [first] = refundsOf(who);
    if (stale === undefined || first === undefined) throw new Error('there is no refund');
    system.stripe.endProcessing(first.id, 'failed');
    await expect.poll(() => refundsOf(who).length).toBe(2);
    // A worker that was stopped before it noted the first one wakes up.
    const noted = { id: first.id, status: 'succeeded' as const };
    expect(await noteRefund(system.db, stale, noted)).toBe(false);
    const second = refundsOf(who)[1];
    await expect
      .poll(async () => (await findRefund(system.db, who.paymentIntentId))?.stripe_id)
      .toBe(second?.id);
  });

  it('a refund that fails is made again', async () => {
    const sale = await client.createSale({ stock: 5 });
    const who = await paid(sale, 'pm_card_refundFail');
    await refund(who.orderId);
    const [first] = refundsOf(who);
    system.stripe.endProcessing(first?.id ?? '', 'failed');
    await expect.poll(() => refundsOf(who).length).toBe(2);
    expect(refundsOf(who)[0]?.status).toBe('failed');
    await client.untilPayment(who, 'refunded');

    // Should that fail, too, the next one waits: something is wrong with where the money goes.
    system.stripe.endProcessing(refundsOf(who)[1]?.id ?? '', 'failed');
    await client.untilPayment(who, 'refund_failed');
    const waiting = await findRefund(system.db, who.paymentIntentId);
    expect(waiting?.next_try_at.getTime()).toBeGreaterThan(Date.now() + 30_000);
    await sql`update refunds set next_try_at = now() where done_at is null`.execute(system.db);
    await client.untilPayment(who, 'refunded');
  });

  it("follows a refund made in Stripe's dashboard; a partial one is not a full one", async () => {
    const sale = await client.createSale({ stock: 5 });
    const who = await paid(sale);
    const { refunds } = system.deps.stripe;
    await refunds.create({ payment_intent: who.paymentIntentId, amount: 400 });
    const partly = system.stripe
      .events()
      .find(
        (event) =>
          event.type === 'charge.refunded' &&
          event.data.object.payment_intent === who.paymentIntentId,
      );
    await expect
      .poll(async () => (await findEvent(system.db, partly?.id ?? ''))?.applied_at)
      .toBeInstanceOf(Date);
    expect(await client.order(who)).toMatchObject({ status: 'paid' });
    await refunds.create({ payment_intent: who.paymentIntentId, amount: 600 });
    const order = await client.until(who, 'refunded');
    expect(order.payments).toMatchObject([{ refundReason: 'at_stripe' }]);
    await client.untilPayment(who, 'refunded');
    expect(await stock(sale)).toMatchObject({ available: 5, sold: 0 });
    const two = await refunds.list({ payment_intent: who.paymentIntentId });
    expect(two.data).toHaveLength(2);
  });

  it('the seller sees every order of a sale with its payments', async () => {
    const sale = await client.createSale({ stock: 5 });
    const whos: Holder[] = [await paid(sale), await client.hold(sale)];
    const list = (query: string, token = admin) =>
      client.call<{ items: AdminOrderView[] } & Problem>(
        'GET',
        `/api/admin/sales/${sale.id}/orders${query}`,
        { token },
      );
    const all = await list('');
    expect(all.body.items.map(({ id }) => id)).toEqual(
      whos.map(({ orderId }) => orderId).reverse(),
    );
    const some = await list('?status=paid');
    expect(some.body.items).toMatchObject([
      { status: 'paid', lineNumber: 1, payments: [{ status: 'succeeded' }] },
    ]);
    expect((await list('', whos[0]?.token)).body.code).toBe('forbidden');
    expect((await list('?status=odd')).body.code).toBe('validation_failed');
    const nowhere = await client.call<Problem>('GET', '/api/admin/sales/nowhere/orders', {
      token: admin,
    });
    expect(nowhere.body.code).toBe('sale_not_found');
  });
});
