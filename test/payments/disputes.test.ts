import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { MetricsView } from '../../src/api/schemas/metrics.ts';
import type { AdminOrderView } from '../../src/api/schemas/order.ts';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { noteDispute } from '../../src/db/disputes.ts';
import { findRefund } from '../../src/db/refunds.ts';
import { findEvent, storeEvents } from '../../src/db/stripe-events.ts';
import { doTask } from '../../src/payments/tasks.ts';
import { checkDatabase } from '../support/checker.ts';
import type { Answer } from '../support/client.ts';
import { checkMoney } from '../support/money.ts';
import { type Holder, Payer, type PaymentSystem, startPaymentSystem } from '../support/payments.ts';

type Refunded = Omit<AdminOrderView, 'status'> & {
  status: string | number;
  code?: string;
  detail?: string;
};

describe('a payment that is disputed', () => {
  let system: PaymentSystem;
  let client: Payer;
  let admin: string;
  let sale: SaleView;
  beforeAll(async () => {
    system = await startPaymentSystem();
    system.startWorker();
    client = new Payer(system);
    admin = await client.token('seller', 'admin');
    sale = await client.createSale({ stock: 100 });
  });
  afterEach(async () => {
    system.stripe.faults.onCall = () => 'none';
    await expect.poll(() => checkMoney(system.db, system.stripe)).toEqual([]);
    expect(await checkDatabase(system.db)).toEqual([]);
  });
  afterAll(() => system.stop());

  const paid = async (method?: string) => {
    const who = await client.holdAndPay(sale, method);
    await client.until(who, 'paid');
    return who;
  };
  const seen = async ({ orderId }: Holder) => {
    const path = `/api/admin/sales/${sale.id}/orders?q=${orderId}`;
    const { body } = await client.call<{ items: AdminOrderView[] }>('GET', path, { token: admin });
    return body.items[0];
  };
  const refund = ({ orderId }: Holder): Promise<Answer<Refunded>> =>
    client.call('POST', `/api/admin/orders/${orderId}/refund`, { token: admin, body: {} });
  const untilDispute = (who: Holder, status: string) =>
    expect.poll(async () => (await seen(who))?.dispute?.status).toBe(status);

  it('is told to the seller (order, metrics, messages), and not to the buyer', async () => {
    const who = await paid('pm_card_createDispute');
    await untilDispute(who, 'needs_response');
    const { id = '' } = (await seen(who))?.dispute ?? {};
    expect((await seen(who))?.dispute).toMatchObject({
      ...{ paymentIntentId: who.paymentIntentId, reason: 'fraudulent' },
      ...{ amount: 1_000, currency: 'eur', respondBy: expect.any(String) },
    });
    expect(await client.order(who)).not.toHaveProperty('dispute');
    const metrics = async () => {
      const path = `/api/admin/sales/${sale.id}/metrics`;
      return (await client.call<MetricsView>('GET', path, { token: admin })).body.disputes;
    };
    expect(await metrics()).toEqual({ open: 1, won: 0, lost: 0 });
    const prometheus = await client.call<string>('GET', '/metrics');
    expect(prometheus.body).toContain('fairline_disputes{state="open"} 1');

    system.stripe.endDispute(id, 'lost');
    await untilDispute(who, 'lost');
    expect(await metrics()).toEqual({ open: 0, won: 0, lost: 1 });
    const kinds = await system.db
      .selectFrom('messages')
      .select('kind')
      .where('order_id', '=', who.orderId)
      .orderBy('position')
      .execute();
    expect(kinds.map(({ kind }) => kind)).toEqual([
      ...['order.paid', 'dispute.opened', 'dispute.closed'],
    ]);
    expect(await client.order(who)).toMatchObject({ status: 'paid' });
  });

  it('what Stripe says arrives in any order: the latest counts, and an end is final', async () => {
    const who = await paid();
    const at = (second: number) => new Date(1_800_000_000_000 + second * 1_000);
    const report = (status: string, second: number) =>
      noteDispute(system.db, {
        ...{ id: 'dp_order', payment_id: who.paymentIntentId, status, reason: 'general' },
        ...{ amount: 1_000, currency: 'eur', respond_by: null },
        ...{ created_at: at(0), as_of: at(second) },
      });
    const status = async () => (await seen(who))?.dispute?.status;
    await report('under_review', 5);
    await report('needs_response', 1);
    expect(await status()).toBe('under_review');
    await report('won', 3); // within one second Stripe's clock says nothing
    await report('under_review', 9);
    expect(await status()).toBe('won');
  });

  it('cannot be refunded: the seller learns why, and nothing is tried for ever', async () => {
    const who = await paid();
    const { id } = system.stripe.openDispute(who.paymentIntentId);
    await untilDispute(who, 'needs_response');
    let asked = 0;
    system.stripe.faults.onCall = ({ method, path }) => {
      if (method === 'POST' && path === '/v1/refunds') asked++;
      return 'none';
    };
    const refused = await refund(who);
    expect(refused).toMatchObject({ status: 409, body: { code: 'not_refundable' } });
    expect(refused.body.detail).toContain('disputed');
    const record = await findRefund(system.db, who.paymentIntentId);
    expect(record).toMatchObject({ status: 'ended', end_reason: 'disputed' });
    await doTask(system.deps, { name: 'refund', id: who.paymentIntentId }, 0);
    expect(asked).toBe(1);
    expect(await seen(who)).toMatchObject({
      status: 'paid',
      payments: [{ status: 'succeeded', refunds: [{ endReason: 'disputed' }] }],
    });
    await expect
      .poll(async () => (await client.call<string>('GET', '/metrics')).body)
      .toContain('fairline_payment_tasks_ended{kind="refund",reason="disputed"} 1');

    system.stripe.endDispute(id, 'won');
    await untilDispute(who, 'won');
    expect(await client.order(who)).toMatchObject({ status: 'paid' }); // the seller decides anew
    expect((await refund(who)).body).toMatchObject({ status: 'refunded' });
  });

  it('what had to go back goes back once the dispute is won (I8)', async () => {
    const who = await paid();
    const { stripe } = system.deps;
    system.stripe.deliveries.mode = 'held';
    const second = await stripe.paymentIntents.create({
      ...{ amount: 1_000, currency: 'eur', confirm: true, payment_method: 'pm_card_visa' },
      metadata: { orderId: who.orderId, by: 'test' },
    });
    const { id } = system.stripe.openDispute(second.id);
    system.stripe.deliveries.release();
    await expect
      .poll(async () => (await findRefund(system.db, second.id))?.end_reason)
      .toBe('disputed');
    system.stripe.endDispute(id, 'won');
    await expect
      .poll(async () => (await findRefund(system.db, second.id))?.status)
      .toBe('succeeded');
    const made = system.stripe.refunds().filter((one) => one.payment_intent === second.id);
    expect(made).toHaveLength(1);
  });

  it('a refund of what Stripe does not know ends as well', async () => {
    const who = await paid();
    await system.db
      .insertInto('payments')
      .values({
        ...{ id: 'pi_elsewhere', order_id: who.orderId, status: 'succeeded' },
        ...{ amount: 1_000, currency: 'eur', outcome: 'refund', seq: 1 },
      })
      .execute();
    await system.db
      .insertInto('refunds')
      .values({
        ...{ id: 'pi_elsewhere', payment_id: 'pi_elsewhere', number: 1 },
        ...{ amount: 1_000, reason: 'surplus' },
      })
      .execute();
    await expect
      .poll(async () => (await findRefund(system.db, 'pi_elsewhere'))?.end_reason)
      .toBe('not_ours');
    for (const table of ['refunds', 'payments'] as const) {
      await system.owner.deleteFrom(table).where('id', '=', 'pi_elsewhere').execute();
    }
  });

  it('an event about what Stripe does not have ends with its code', async () => {
    const charge = { id: 'ch_gone', object: 'charge', payment_intent: 'pi_gone' };
    const event = { id: 'evt_gone', type: 'charge.refunded', created: 1, data: { object: charge } };
    await storeEvents(
      system.db,
      [{ ...event, payload: JSON.stringify(event) }].map(({ id, type, payload }) => ({
        id,
        type,
        payload,
      })),
    );
    await expect
      .poll(async () => (await findEvent(system.db, 'evt_gone'))?.result)
      .toBe('ended:resource_missing');
    await expect
      .poll(async () => (await client.call<string>('GET', '/metrics')).body)
      .toContain('fairline_payment_tasks_ended{kind="event",reason="resource_missing"} 1');
  });
});
