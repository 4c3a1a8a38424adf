import type Stripe from 'stripe';
import { findPaymentOrder, type OrderRow, type PaymentOrder } from '../db/orders.ts';
import { closeRequest, findRequest, noteAway, noteBack } from '../db/payment-requests.ts';
import { listPayments, notePayment, type PaymentRow } from '../db/payments.ts';
import { releaseHold } from '../line/release-hold.ts';
import type { PaymentDeps } from './deps.ts';
import { followIntent } from './follow-intent.ts';
import { ensureIntent } from './intent.ts';
import { isMissing, isRefused, isStripeAway } from './stripe.ts';

/**
 * Whether an order can still be paid at Stripe. `closed`: it cannot; `processing`: Stripe is still
 * processing a payment and will send an event.
 */
export type Closing = 'closed' | 'processing';

/**
 * Makes sure that an order can no longer be paid: cancels each open PaymentIntent at Stripe. One
 * that has succeeded meanwhile is settled.
 *
 * @throws Stripe's error when it is unavailable, and what `followIntent` throws
 */
export async function cancelIntents(deps: PaymentDeps, order: OrderRow): Promise<Closing> {
  const request = await findRequest(deps.db, order.id);
  if (request === undefined) return 'closed';
  if (request.payment_id === null) {
    // A call may be in flight whose answer was never recorded: its key yields the PaymentIntent it
    // creates.
    await ensureIntent(deps, order, request).catch((error: unknown) => {
      if (!isRefused(error)) throw error; // otherwise there is none
    });
  }
  let closing: Closing = 'closed';
  for (const payment of await listPayments(deps.db, order.id)) {
    if (isFinal(payment)) continue;
    const intent = await cancelIntent(deps, payment);
    if (intent === undefined) continue;
    await followIntent(deps, intent);
    if (intent.status !== 'succeeded' && intent.status !== 'canceled') closing = 'processing';
  }
  return closing;
}

/** Nothing but a refund can happen to it any more. */
function isFinal({ status, outcome }: PaymentRow): boolean {
  return status === 'canceled' || status === 'missing' || outcome !== null;
}

/** Cancels a PaymentIntent and returns its new state; undefined if Stripe does not know it. */
async function cancelIntent(
  { stripe, db, log }: PaymentDeps,
  payment: PaymentRow,
): Promise<Stripe.PaymentIntent | undefined> {
  const { id } = payment;
  try {
    if (payment.status === 'processing') {
      const intent = await stripe.paymentIntents.retrieve(id);
      if (intent.status === 'processing') return intent; // it cannot be cancelled
    }
    return await stripe.paymentIntents.cancel(id);
  } catch (error) {
    if (!isRefused(error)) throw error;
    // It may have succeeded meanwhile.
    if (!isMissing(error)) return stripe.paymentIntents.retrieve(id);
    log.error({ payment: id, order: payment.order_id }, 'Stripe does not know this payment');
    await notePayment(db, { ...payment, status: 'missing' });
    return undefined;
  }
}

/**
 * Closes an order that has expired or ended: cancels what can still be paid, then ends the hold.
 *
 * @param graceMs how long an expired hold waits for Stripe, counted from the first failure to reach
 *   it
 * @returns `open` while it is held, `processing` while Stripe is processing a payment
 * @throws Stripe's error when it is unavailable, and what `followIntent` throws: retry
 */
export async function closeOrder(
  deps: PaymentDeps,
  orderId: string,
  graceMs: number,
): Promise<Closing | 'open'> {
  const order = await findPaymentOrder(deps.db, orderId);
  if (order === undefined) throw new Error(`there is no order ${orderId}`);
  if (order.status === 'held' && order.overdueMs < 0) return 'open';
  let closing: Closing;
  try {
    closing = await cancelIntents(deps, order);
  } catch (error) {
    await endUnasked(deps, order, graceMs, error);
    throw error;
  }
  await noteBack(deps.db, orderId);
  if (closing === 'processing') return 'processing';
  if (order.status === 'held') await releaseHold(deps, order, 'expired');
  return (await closeRequest(deps.db, orderId)) ? 'closed' : 'open';
}

/**
 * Ends a hold that has waited for Stripe long enough, unless Stripe last reported it as paid or
 * being paid.
 */
async function endUnasked(
  deps: PaymentDeps,
  order: PaymentOrder,
  graceMs: number,
  error: unknown,
): Promise<void> {
  if (!isStripeAway(error)) return noteBack(deps.db, order.id);
  if (order.status !== 'held') return;
  if ((await noteAway(deps.db, order.id)) < graceMs) return;
  const payments = await listPayments(deps.db, order.id);
  if (payments.some(isComing)) return;
  deps.log.warn(
    { err: error, order: order.id },
    'Stripe is unavailable for longer than the grace period: hold released',
  );
  await releaseHold(deps, order, 'expired');
}

/** Its money has arrived or is on its way, and it is not settled yet. */
function isComing({ status, outcome }: PaymentRow): boolean {
  return outcome === null && (status === 'processing' || status === 'succeeded');
}
