import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { compare } from '../../src/line/reconcile.ts';
import { checkDatabase } from '../support/checker.ts';
import { endHold } from '../support/holds.ts';
import { checkMoney } from '../support/money.ts';
import { type Holder, Payer, type PaymentSystem, startPaymentSystem } from '../support/payments.ts';

describe('payments and the end of a hold', () => {
  let system: PaymentSystem;
  let client: Payer;
  beforeAll(async () => {
    system = await startPaymentSystem();
    system.startWorker();
    client = new Payer(system);
  });
  afterEach(async () => {
    system.stripe.faults.down = false;
    system.stripe.deliveries.release();
    await expect.poll(() => checkMoney(system.db, system.stripe)).toEqual([]);
    expect(await checkDatabase(system.db)).toEqual([]);
  });
  afterAll(() => system.stop());

  const units = async (sale: SaleView) =>
    system.db
      .selectFrom('products')
      .select(['available', 'held', 'sold'])
      .where('sale_id', '=', sale.id)
      .executeTakeFirstOrThrow();
  const request = ({ orderId }: Holder) =>
    system.db
      .selectFrom('payment_requests')
      .select('tries')
      .where('order_id', '=', orderId)
      .executeTakeFirstOrThrow();
  /**
   * A payment whose hold ended while Stripe was unavailable to us, but not to the buyer; Stripe is
   * back at the end.
   */
  const payLate = async (
    sale: SaleView,
    beforeBack: (who: Holder) => Promise<unknown>,
    { whileHeld = async () => {} }: { whileHeld?: () => Promise<void> } = {},
  ) => {
    const who = await client.hold(sale);
    const payment = await client.payment(who.orderId, who.token);
    await whileHeld();
    system.stripe.faults.down = true;
    system.stripe.deliveries.mode = 'held';
    await endHold(system, who.orderId);
    await client.until(who, 'expired');
    expect(await client.confirm(payment)).toBe('succeeded');
    await beforeBack(who);
    system.stripe.faults.down = false;
    system.stripe.deliveries.release();
    return { ...who, ...payment };
  };

  it('a hold that ends is cancelled at Stripe first: it can be paid no more', async () => {
    const sale = await client.createSale();
    const who = await client.hold(sale);
    const payment = await client.payment(who.orderId, who.token);
    await endHold(system, who.orderId);
    await client.until(who, 'expired');
    expect(await client.confirm(payment)).toBe('payment_intent_unexpected_state');
    expect((await client.order(who)).payments).toMatchObject([{ status: 'canceled' }]);
    expect(await units(sale)).toMatchObject({ held: 0, sold: 0 });
    const refused = await client.request(who.orderId, who.token);
    expect(refused.body).toMatchObject({ code: 'order_not_payable' });
    expect(refused.body.detail).toContain('has expired');
  });

  it('a payment that succeeded before the end pays, though no webhook has told it', async () => {
    const sale = await client.createSale();
    system.stripe.deliveries.mode = 'held';
    const who = await client.holdAndPay(sale);
    await endHold(system, who.orderId);
    const order = await client.until(who, 'paid');
    expect(order.holdExpiresAt <= (order.paidAt ?? '')).toBe(true);
    expect(await units(sale)).toMatchObject({ held: 0, sold: 1 });
  });

  it.each(['succeeded', 'failed'] as const)(
    'what Stripe processes keeps its units; then it has %s',
    async (how) => {
      const sale = await client.createSale({ stock: 1 });
      const who = await client.holdAndPay(sale, 'pm_usBankAccount_success');
      await endHold(system, who.orderId);
      await expect // it was looked at after its end
        .poll(async () => (await request(who)).tries)
        .toBeGreaterThan(0);
      expect(await client.order(who)).toMatchObject({ status: 'held' });
      expect(await units(sale)).toMatchObject({ available: 0, held: 1 });
      // Redis is as it should be, though the sweep has handed the hold over.
      expect(await compare(system, system.shards.at(0), 'all')).toMatchObject({ status: 'same' });
      // Nor does trouble of Stripe free what it was processing, without any grace.
      const { tries: before } = await request(who);
      system.stripe.faults.onCall = ({ by }) => (by === 'secret' ? 'error-before' : 'none');
      await sql`
        update payment_requests set next_try_at = now() where order_id = ${who.orderId}`.execute(
        system.db,
      );
      await expect.poll(async () => (await request(who)).tries).toBeGreaterThan(before + 1);
      expect(await client.order(who)).toMatchObject({ status: 'held' });
      system.stripe.faults.onCall = () => 'none';
      system.stripe.endProcessing(who.paymentIntentId, how);
      await client.until(who, how === 'succeeded' ? 'paid' : 'expired');
    },
  );

  it('a payment that succeeded unsettled keeps its units in an outage of Stripe', async () => {
    const sale = await client.createSale({ stock: 1 });
    system.stripe.deliveries.mode = 'held';
    const who = await client.hold(sale);
    const payment = await client.payment(who.orderId, who.token);
    // As after a worker that was killed between the note and the settlement.
    await system.db
      .updateTable('payments')
      .set({ status: 'succeeded' })
      .where('id', '=', payment.paymentIntentId)
      .execute();
    system.stripe.faults.down = true;
    await endHold(system, who.orderId);
    await expect.poll(async () => (await request(who)).tries).toBeGreaterThan(1);
    expect(await client.order(who)).toMatchObject({ status: 'held' });
    expect(await client.confirm(payment)).toBe('succeeded');
    system.stripe.faults.down = false;
    system.stripe.deliveries.release();
    await client.until(who, 'paid');
  });

  it('a late payment is honoured while its units are there', async () => {
    const sale = await client.createSale({ stock: 1 });
    const who = await payLate(sale, async () => undefined);
    const order = await client.until(who, 'paid');
    expect(order.payments).toMatchObject([{ status: 'succeeded' }]);
    expect(await client.poll(who.ticketId, who.token, 0)).toMatchObject({ status: 'paid' });
    expect(await units(sale)).toEqual({ available: 0, held: 0, sold: 1 });
    const admin = { token: await client.token('seller', 'admin') };
    const metrics = await client.call('GET', `/api/admin/sales/${sale.id}/metrics`, admin);
    expect(metrics.body).toMatchObject({
      ...{ holdsExpired: 1, ordersPaid: 1 },
      payments: { lateHonoured: 1, lateRefunded: 0 },
    });
  });

  it('a late payment for taken units is refunded once; the order keeps its status', async () => {
    const sale = await client.createSale({ stock: 1 });
    const who = await payLate(sale, () => client.hold(sale));
    const order = await client.untilPayment(who, 'refunded');
    expect(order).toMatchObject({ status: 'expired', payments: [{ refundReason: 'sold_out' }] });
    const refunds = system.stripe
      .refunds()
      .filter((refund) => refund.payment_intent === who.paymentIntentId);
    expect(refunds).toMatchObject([{ amount: 1_000, status: 'succeeded' }]);
    const admin = { token: await client.token('seller', 'admin') };
    const metrics = await client.call('GET', `/api/admin/sales/${sale.id}/metrics`, admin);
    expect(metrics.body).toMatchObject({ payments: { lateRefunded: 1, refundsMade: 1 } });
    const page = (await client.call<string>('GET', '/metrics')).body;
    expect(page).toMatch(/fairline_payments_settled_total\{outcome="refund_sold_out"\} [1-9]/);
  });

  it('a late payment goes back when its buyer has bought as many units meanwhile', async () => {
    const sale = await client.createSale({ stock: 5, perBuyerLimit: 1 });
    const who = await payLate(sale, async ({ token }) => client.buy(sale, token));
    expect(await client.untilPayment(who, 'refunded')).toMatchObject({
      status: 'expired',
      payments: [{ refundReason: 'limit_reached' }],
    });
  });

  it('what was offered to the waitlist is not taken back from it', async () => {
    const sale = await client.createSale({ stock: 1, waitlist: true });
    const patient = await client.token('patient');
    const who = await payLate(sale, async () => undefined, {
      async whileHeld() {
        const waiting = await client.buy(sale, patient);
        expect(waiting.status).toBe('waitlisted');
      },
    });
    const order = await client.untilPayment(who, 'refunded');
    expect(order).toMatchObject({ status: 'expired', payments: [{ refundReason: 'sold_out' }] });
    expect(await client.orders(patient)).toHaveLength(1); // it was offered to them
  });

  it('a payment belongs to the order it was made for, whatever its metadata says', async () => {
    const sale = await client.createSale({ stock: 5 });
    const [who, other] = [await client.hold(sale), await client.hold(sale)];
    const payment = await client.payment(who.orderId, who.token);
    await system.deps.stripe.paymentIntents.update(payment.paymentIntentId, {
      metadata: { orderId: other.orderId },
    });
    await client.confirm(payment);
    await client.until(who, 'paid');
    expect(await client.order(other)).toMatchObject({ status: 'held' });
    await system.deps.stripe.paymentIntents.update(payment.paymentIntentId, {
      metadata: { orderId: who.orderId },
    });
  });

  it('of two payments of one order the first pays, and the other goes back', async () => {
    const sale = await client.createSale({ stock: 5 });
    const who = await client.holdAndPay(sale);
    await client.until(who, 'paid');
    const another = await system.deps.stripe.paymentIntents.create({
      ...{ amount: 1_000, currency: 'eur', confirm: true, payment_method: 'pm_card_visa' },
      metadata: { orderId: who.orderId, by: 'test' },
    });
    const order = await client.untilPayment(who, 'refunded');
    expect(order).toMatchObject({ status: 'paid' });
    expect(order.payments).toMatchObject([
      { paymentIntentId: who.paymentIntentId, status: 'succeeded' },
      { paymentIntentId: another.id, refundReason: 'surplus' },
    ]);
  });

  it('a payment of another amount goes back, and the hold goes on', async () => {
    const sale = await client.createSale({ stock: 5 });
    const who = await client.hold(sale);
    await system.deps.stripe.paymentIntents.create({
      ...{ amount: 100, currency: 'eur', confirm: true, payment_method: 'pm_card_visa' },
      metadata: { orderId: who.orderId, by: 'test' },
    });
    expect(await client.untilPayment(who, 'refunded')).toMatchObject({
      status: 'held',
      payments: [{ refundReason: 'wrong_amount', amount: 100 }],
    });
    const payment = await client.payment(who.orderId, who.token);
    await client.confirm(payment);
    await client.until(who, 'paid');
  });
});

describe('a hold that was left to a payment worker', () => {
  it('ends where there is none any more: the Stripe keys were taken away', async () => {
    const system = await startPaymentSystem();
    try {
      system.startWorker();
      const client = new Payer(system);
      const sale = await client.createSale();
      const who = await client.holdAndPay(sale, 'pm_usBankAccount_success');
      await endHold(system, who.orderId);
      const { deadlines } = system.shards.at(0).keys.at(await system.shards.at(0).epoch());
      await expect.poll(() => system.redis.zcard(deadlines)).toBe(0);
      expect(await client.order(who)).toMatchObject({ status: 'held' });
      await system.stopWorker();
      system.startWorker({ withoutStripe: true });
      await client.until(who, 'expired');
    } finally {
      await system.stop();
    }
  });
});

describe('while Stripe is away', () => {
  it('a hold with a payment waits for it, others end; the line goes on', async () => {
    const system = await startPaymentSystem({ graceMs: 3_600_000 });
    try {
      system.startWorker();
      const client = new Payer(system);
      const sale = await client.createSale({ stock: 3 });
      const paying = await client.hold(sale);
      const payment = await client.payment(paying.orderId, paying.token);
      const idle = await client.hold(sale);
      system.stripe.faults.down = true;
      for (const { orderId } of [paying, idle]) await endHold(system, orderId);
      await client.until(idle, 'expired');
      await client.hold(sale);
      const tried = () =>
        system.db
          .selectFrom('payment_requests')
          .select('tries')
          .where('order_id', '=', paying.orderId)
          .executeTakeFirstOrThrow();
      await expect.poll(async () => (await tried()).tries).toBeGreaterThan(1);
      expect(await client.order(paying)).toMatchObject({ status: 'held' });
      await client.confirm(payment);
      await client.until(paying, 'paid'); // by its webhook
      system.stripe.faults.down = false;
      expect(await checkMoney(system.db, system.stripe)).toEqual([]);
    } finally {
      await system.stop();
    }
  });
});
