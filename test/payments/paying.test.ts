import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OrderView } from '../../src/api/schemas/order.ts';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { checkDatabase } from '../support/checker.ts';
import type { Problem } from '../support/client.ts';
import { checkMoney } from '../support/money.ts';
import { Payer, type PaymentSystem, startPaymentSystem } from '../support/payments.ts';

describe('paying an order', () => {
  let system: PaymentSystem;
  let client: Payer;
  let sale: SaleView;
  beforeAll(async () => {
    system = await startPaymentSystem();
    system.startWorker();
    client = new Payer(system);
    sale = await client.createSale({ stock: 100, perBuyerLimit: 2 });
  });
  afterEach(async () => {
    system.stripe.faults.onCall = () => 'none';
    system.stripe.deliveries.release();
    expect(await checkMoney(system.db, system.stripe)).toEqual([]);
    expect(await checkDatabase(system.db)).toEqual([]);
  });
  afterAll(() => system.stop());

  const stock = () =>
    system.db
      .selectFrom('products')
      .select(['available', 'held', 'sold'])
      .where('sale_id', '=', sale.id)
      .executeTakeFirstOrThrow();
  it('one PaymentIntent an order, however often and concurrently it is asked', async () => {
    const who = await client.hold(sale);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => client.request(who.orderId, who.token)),
    );
    const again = await client.request(who.orderId, who.token);
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(new Set([...answers, again].map(({ body }) => body.paymentIntentId)).size).toBe(1);
    expect(again.body).toEqual({
      orderId: who.orderId,
      paymentIntentId: expect.stringMatching(/^pi_/),
      clientSecret: expect.stringMatching(/_secret_/),
      publishableKey: 'pk_test_browser',
      amount: 1_000,
      currency: 'eur',
      holdExpiresAt: (await client.order(who)).holdExpiresAt,
    });
    const made = system.stripe
      .intents()
      .filter((intent) => intent.metadata['orderId'] === who.orderId);
    expect(made).toMatchObject([{ amount: 1_000, currency: 'eur' }]);
  });

  it('a confirmed payment pays the order by its webhook: ticket, order, stock, limit', async () => {
    const before = await stock();
    const who = await client.hold(sale);
    const payment = await client.payment(who.orderId, who.token);
    expect(await client.confirm(payment)).toBe('succeeded');
    const order = await client.until(who, 'paid');
    expect(order.paidAt).toMatch(/Z$/);
    expect(order.payments).toMatchObject([{ status: 'succeeded', amount: 1_000 }]);
    expect(await client.poll(who.ticketId, who.token, 0)).toMatchObject({ status: 'paid' });
    expect(await stock()).toMatchObject({ sold: before.sold + 1, held: before.held });
    const tooMany = await client.buy(sale, who.token, { quantities: [2] });
    expect(tooMany).toMatchObject({ status: 'rejected', reason: 'limit_reached' });
    expect(await client.buy(sale, who.token)).toMatchObject({ status: 'held' }); // one more of two
    const refused = await client.request(who.orderId, who.token);
    expect(refused).toMatchObject({ status: 409, body: { code: 'order_not_payable' } });
    expect(refused.body.detail).toBe('It is paid already.');
  });

  it('a declined card leaves the hold, and the buyer tries again', async () => {
    const who = await client.hold(sale);
    const payment = await client.payment(who.orderId, who.token);
    expect(await client.confirm(payment, 'pm_card_chargeDeclined')).toBe('card_declined');
    expect(await client.payment(who.orderId, who.token)).toEqual(payment);
    expect((await client.order(who)).status).toBe('held');
    expect(await client.confirm(payment)).toBe('succeeded');
    await client.until(who, 'paid');
  });

  it("refuses what is not held, unknown, or somebody else's", async () => {
    const who = await client.hold(sale);
    const other = await client.token('somebody-else');
    expect(await client.request(who.orderId, other)).toMatchObject({ status: 404 });
    expect(await client.request('nothing', who.token)).toMatchObject({ status: 404 });
    const none = await client.call<Problem>('POST', `/api/orders/${who.orderId}/payment`);
    expect(none.status).toBe(401);
    await client.call('POST', `/api/orders/${who.orderId}/cancel`, { token: who.token });
    const refused = await client.request(who.orderId, who.token);
    expect(refused).toMatchObject({ status: 409, body: { code: 'order_not_payable' } });
    expect(refused.body.detail).toContain('was cancelled');
  });

  it.each(['error-before', 'error-after'] as const)(
    'trouble of Stripe while it is made (%s) leads to one PaymentIntent',
    async (fault) => {
      const who = await client.hold(sale);
      let faults = 1;
      system.stripe.faults.onCall = ({ method, path }) =>
        method === 'POST' && path === '/v1/payment_intents' && faults-- > 0 ? fault : 'none';
      const payment = await client.payment(who.orderId, who.token);
      expect(await client.payment(who.orderId, who.token)).toEqual(payment);
      const made = system.stripe
        .intents()
        .filter((intent) => intent.metadata['orderId'] === who.orderId);
      expect(made.map(({ id }) => id)).toEqual([payment.paymentIntentId]);
      expect(await client.confirm(payment)).toBe('succeeded');
      await client.until(who, 'paid');
    },
  );

  it('answers 503 with Retry-After while Stripe is down or hangs; the line continues', async () => {
    const who = await client.hold(sale);
    system.stripe.faults.onCall = () => 'reset';
    const away = await client.request(who.orderId, who.token);
    expect(away).toMatchObject({ status: 503, body: { code: 'payments_unavailable' } });
    expect(Number(away.headers.get('retry-after'))).toBeGreaterThan(0);
    system.stripe.faults.onCall = () => 'hang-after';
    const hanging = client.request(who.orderId, who.token);
    // The line continues.
    expect(await client.hold(sale)).toMatchObject({ orderId: expect.any(String) });
    expect(await hanging).toMatchObject({ status: 503 });
    const cancelled = await client.call<Problem>('POST', `/api/orders/${who.orderId}/cancel`, {
      token: who.token,
    });
    expect(cancelled).toMatchObject({ status: 503, body: { code: 'payments_unavailable' } });
    system.stripe.faults.onCall = () => 'none';
    // After several failures Stripe is not called for a moment.
    await expect.poll(async () => (await client.request(who.orderId, who.token)).status).toBe(200);
    const payment = await client.payment(who.orderId, who.token);
    const made = system.stripe
      .intents()
      .filter((intent) => intent.metadata['orderId'] === who.orderId);
    expect(made.map(({ id }) => id)).toEqual([payment.paymentIntentId]);
  });

  it('replaces a PaymentIntent that somebody cancelled at Stripe', async () => {
    const who = await client.hold(sale);
    const first = await client.payment(who.orderId, who.token);
    await system.deps.stripe.paymentIntents.cancel(first.paymentIntentId);
    const second = await client.payment(who.orderId, who.token);
    expect(second.paymentIntentId).not.toBe(first.paymentIntentId);
    expect(await client.payment(who.orderId, who.token)).toEqual(second);
    expect(await client.confirm(second)).toBe('succeeded');
    await client.until(who, 'paid');
  });

  it('replaces a PaymentIntent that Stripe does not know', async () => {
    const who = await client.hold(sale);
    await client.payment(who.orderId, who.token);
    await system.db
      .updateTable('payment_requests')
      .set({ payment_id: 'pi_of_another_account' })
      .where('order_id', '=', who.orderId)
      .execute();
    const payment = await client.payment(who.orderId, who.token);
    expect(await client.confirm(payment)).toBe('succeeded');
    await client.until(who, 'paid');
    const { stripe } = system.deps; // the first one is none of the test's
    for (const { id, metadata, status } of system.stripe.intents()) {
      const isFirst = metadata['orderId'] === who.orderId && status !== 'succeeded';
      if (isFirst) await stripe.paymentIntents.cancel(id);
    }
  });

  it('replaces a PaymentIntent that is captured and does not pay the order', async () => {
    const who = await client.hold(sale);
    const first = await client.payment(who.orderId, who.token);
    await system.deps.stripe.paymentIntents.update(first.paymentIntentId, { amount: 100 });
    expect(await client.confirm(first)).toBe('succeeded');
    expect(await client.untilPayment(who, 'refunded')).toMatchObject({ status: 'held' });
    const second = await client.payment(who.orderId, who.token);
    expect(second.paymentIntentId).not.toBe(first.paymentIntentId);
    expect(await client.confirm(second)).toBe('succeeded');
    await client.until(who, 'paid');
  });

  it('tells the buyer what Stripe does not take', async () => {
    const who = await client.hold(sale);
    // As an order may be that is older than the list of what Stripe takes.
    const dear = { amount: 100_000_000 };
    await system.db.updateTable('orders').set(dear).where('id', '=', who.orderId).execute();
    const refused = await client.request(who.orderId, who.token);
    expect(refused).toMatchObject({ status: 409, body: { code: 'payment_refused' } });
  });

  it('giving back cancels the PaymentIntent first; a payment that was quicker wins', async () => {
    const who = await client.hold(sale);
    const payment = await client.payment(who.orderId, who.token);
    const path = `/api/orders/${who.orderId}/cancel`;
    const cancelled = await client.call<OrderView>('POST', path, { token: who.token });
    expect(cancelled.body.status).toBe('cancelled');
    expect(await client.confirm(payment)).toBe('payment_intent_unexpected_state');

    const quick = await client.hold(sale);
    const paid = await client.payment(quick.orderId, quick.token);
    system.stripe.deliveries.mode = 'held'; // we do not know yet
    expect(await client.confirm(paid)).toBe('succeeded');
    const refused = await client.call<Problem>('DELETE', `/api/tickets/${quick.ticketId}`, {
      token: quick.token,
    });
    expect(refused).toMatchObject({ status: 409, body: { code: 'not_cancellable' } });
    expect((await client.order(quick)).status).toBe('paid');
  });

  it('what Stripe processes cannot be given back', async () => {
    const who = await client.hold(sale);
    const payment = await client.payment(who.orderId, who.token);
    expect(await client.confirm(payment, 'pm_usBankAccount_success')).toBe('processing');
    const refused = await client.call<Problem>('POST', `/api/orders/${who.orderId}/cancel`, {
      token: who.token,
    });
    expect(refused).toMatchObject({ status: 409, body: { code: 'not_cancellable' } });
    expect(refused.body.detail).toContain('being processed');
    system.stripe.endProcessing(payment.paymentIntentId, 'succeeded');
    await client.until(who, 'paid');
  });
});
