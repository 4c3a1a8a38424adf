import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { requestRefund } from '../../src/db/refund-requests.ts';
import { findRefund } from '../../src/db/refunds.ts';
import { followIntent } from '../../src/payments/follow-intent.ts';
import { refundPayment } from '../../src/payments/refund.ts';
import type { LineWorker } from '../../src/workers/line.ts';
import { checkDatabase } from '../support/checker.ts';
import { checkMoney } from '../support/money.ts';
import { Payer, type PaymentSystem, startLine, startPaymentSystem } from '../support/payments.ts';

/** No worker does payments here: each step is the test's. */
describe('a refund that Stripe refuses', () => {
  let system: PaymentSystem;
  let client: Payer;
  let line: LineWorker;
  beforeAll(async () => {
    system = await startPaymentSystem();
    line = await startLine(system);
    system.stripe.deliveries.mode = 'held';
    client = new Payer(system);
  });
  afterEach(async () => {
    expect(await checkMoney(system.db, system.stripe)).toEqual([]);
    expect(await checkDatabase(system.db)).toEqual([]);
  });
  afterAll(async () => {
    await line.close();
    await system.stop();
  });

  const paid = async () => {
    const who = await client.holdAndPay(await client.createSale());
    const { stripe } = system.deps;
    await followIntent(system.deps, await stripe.paymentIntents.retrieve(who.paymentIntentId));
    const wish = { payment: who.paymentIntentId, reason: 'requested', restock: false } as const;
    await requestRefund(system.db, wish);
    return who;
  };
  const once = (id: string) =>
    refundPayment(system.deps, id).catch((error: Error) => error.message);
  const setAmount = (id: string, amount: number) =>
    Promise.all([
      system.db.updateTable('payments').set({ amount }).where('id', '=', id).execute(),
      system.db.updateTable('refunds').set({ amount }).where('id', '=', id).execute(),
    ]);

  it('because less is left than we know of is made for that', async () => {
    const who = await paid();
    const id = who.paymentIntentId;
    await setAmount(id, 1_500);
    expect(await once(id)).toContain('meanwhile');
    expect(await findRefund(system.db, id)).toMatchObject({ amount: 1_000, status: 'wanted' });
    await system.db.updateTable('payments').set({ amount: 1_000 }).where('id', '=', id).execute();
    await once(id);
    expect(await client.order(who)).toMatchObject({ status: 'refunded', amountRefunded: 1_000 });
  });

  it("because all of it went back in Stripe's dashboard ends, and the units are gone", async () => {
    const who = await paid();
    await system.deps.stripe.refunds.create({ payment_intent: who.paymentIntentId });
    await once(who.paymentIntentId);
    expect(await findRefund(system.db, who.paymentIntentId)).toMatchObject({
      ...{ status: 'ended', end_reason: 'already_refunded' },
    });
    expect(await client.order(who)).toMatchObject({
      ...{ status: 'refunded', amountRefunded: 1_000 },
      payments: [{ status: 'refunded', refunds: [{ endReason: 'already_refunded' }, {}] }],
    });
    const { total } = await system.db
      .selectFrom('products')
      .innerJoin('orders', 'orders.sale_id', 'products.sale_id')
      .select('total')
      .where('orders.id', '=', who.orderId)
      .executeTakeFirstOrThrow();
    expect(total).toBe(9); // as the seller wanted it
  });

  it('for a reason that may pass is tried again', async () => {
    const who = await paid();
    const id = who.paymentIntentId;
    system.stripe.faults.onCall = ({ path }) => (path === '/v1/refunds' ? 'error-before' : 'none');
    expect(await once(id)).toBeDefined();
    system.stripe.faults.onCall = () => 'none';
    expect(await findRefund(system.db, id)).toMatchObject({ done_at: null, end_reason: null });
    await once(id); // the spent key is replaced
    await once(id);
    expect(await client.order(who)).toMatchObject({ status: 'refunded' });
  });
});
