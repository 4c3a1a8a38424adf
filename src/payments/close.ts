import type Stripe from 'stripe';
import { findPaymentOrder, type OrderRow, type PaymentOrder } from '../db/orders.ts';
import { closeRequest, findRequest, noteAway, noteBack } from '../db/payment-requests.ts';
import { listPayments, notePayment, type PaymentRow } from '../db/payments.ts';
import { releaseHold } from '../line/release-hold.ts';
import type { PaymentDeps } from './deps.ts';
import { followIntent } from './follow-intent.ts';
import { ensureIntent } from './intent.ts';
import { isMissing, isRefused, isStripeAway } from './stripe.ts';

/** What of an order can still be paid at Stripe: nothing, or a payment is being processed and will be told. */
export type Closing = 'closed' | 'processing';

/**
 * Sees to it that nothing of an order can be paid any more: each open PaymentIntent is cancelled at Stripe. Where Stripe
 * says that one succeeded meanwhile, that is followed.
 *
 * @throws Stripe's error when it is away, and what following throws
 */
export async function cancelIntents(deps: PaymentDeps, order: OrderRow): Promise<Closing> {
  const request = await findRequest(deps.db, order.id);
  if (request === undefined) return 'closed';
  if (request.payment_id === null) {
    // A call may be under way whose answer nobody noted: under its key we learn which PaymentIntent it makes.
    await ensureIntent(deps, order, request).catch((error: unknown) => {
      if (!isRefused(error)) throw error; // else there is none
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

/** Nothing is to be expected of it any more but a refund. */
function isFinal({ status, outcome }: PaymentRow): boolean {
  return status === 'canceled' || status === 'missing' || outcome !== null;
}

/** Cancels a PaymentIntent. Returns what it is then; undefined where Stripe does not know it. */
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
    if (!isMissing(error)) return stripe.paymentIntents.retrieve(id); // it succeeded meanwhile, for example
    log.error({ payment: id, order: payment.order_id }, 'Stripe does not know this payment');
    await notePayment(db, { ...payment, status: 'missing' });
    return undefined;
  }
}

/**
 * Brings an order whose time is over, or that has ended, to rest: what can still be paid is cancelled, then the hold ends.
 *
 * @param graceMs how long its hold waits for Stripe, from when Stripe could not be asked after its time
 * @returns `open` while it is held, `processing` while Stripe is at it
 * @throws Stripe's error when it is away, and what following throws: try again
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

/** Ends a hold that has waited for Stripe long enough, unless Stripe said when last asked that it is, or will be, paid. */
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
  deps.log.warn({ err: error, order: order.id }, 'not waiting for Stripe any longer');
  await releaseHold(deps, order, 'expired');
}

/** Its money is there or on its way, and nothing is settled yet. */
function isComing({ status, outcome }: PaymentRow): boolean {
  return outcome === null && (status === 'processing' || status === 'succeeded');
}
