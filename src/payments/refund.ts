import Stripe from 'stripe';
import type { OrderRecord } from '../db/orders.ts';
import { type RefundWish, type Requested, requestRefund } from '../db/refund-requests.ts';
import {
  endRefund,
  findRefund,
  noteRefund,
  noteRefundDone,
  type RefundRecord,
  raiseRefundAttempt,
} from '../db/refunds.ts';
import { DomainError } from '../domain/errors.ts';
import { hasPaid, type RefundEnd } from '../domain/payment.ts';
import { isOutage } from '../process/outage.ts';
import type { PaymentDeps } from './deps.ts';
import { NotYet } from './not-yet.ts';
import { completeRefunds, returnItems } from './return-order.ts';
import { isKeySpent, isRefused, isStripeAway } from './stripe.ts';
import { hasFailed, syncRefunds } from './stripe-refunds.ts';

/**
 * Stripe accepted a refund, and it failed. Another may fail for the same reason, so it backs off.
 */
export class RefundFailed extends Error {
  override readonly name = 'RefundFailed';
}

/**
 * Refunds a paid order, or a part of it, at its seller's request: recorded first, then attempted at
 * once; the workers retry what cannot be done now. Idempotent, see requestRefund.
 *
 * @returns the refund, as it was requested first
 * @throws DomainError not_refundable for an order that was never paid, or whose payment Stripe does
 *   not refund; what requestRefund throws
 */
export async function refundOrder(
  deps: PaymentDeps,
  order: OrderRecord,
  wanted: Pick<RefundWish, 'restock' | 'amount' | 'items' | 'key'>,
): Promise<Requested> {
  const paying = order.payments.find(({ outcome }) => hasPaid(outcome));
  if (paying === undefined) {
    throw new DomainError(
      'not_refundable',
      `It is ${order.status}: no payment was captured for it.`,
    );
  }
  const wish = { ...wanted, payment: paying.id, reason: 'requested' } as const;
  const request = await requestRefund(deps.db, wish);
  try {
    await refundPayment(deps, request.id);
  } catch (error) {
    if (!waitsForNextTry(error)) throw error;
    deps.log.warn({ err: error, order: order.id }, 'a refund failed for now, will be retried');
  }
  const end = (await findRefund(deps.db, request.id))?.end_reason;
  if (end != null && end !== 'already_refunded') {
    throw new DomainError('not_refundable', END_WORDS[end]);
  }
  return request;
}

const END_WORDS: Record<RefundEnd, string> = {
  disputed: 'Its payment is disputed: Stripe refunds it only if you win the dispute.',
  already_refunded: 'All of it was refunded already.',
  not_ours: 'This Stripe account has no such payment.',
  not_refundable: 'Stripe does not refund this payment.',
  failed_at_stripe: "Its refund was made in Stripe's dashboard, and failed.",
};

/** Anything but a bug of ours: a worker retries it. */
function waitsForNextTry(error: unknown): boolean {
  if (error instanceof DomainError) return error.code === 'unavailable';
  if (error instanceof NotYet || error instanceof RefundFailed) return true;
  return isStripeAway(error) || isRefused(error) || isOutage(error);
}

/**
 * Carries out a requested refund, once (I8): first the money at Stripe, then, if the payment had
 * paid its order, the units: those that go back with a part, or all once all of it has gone back.
 * Both are recorded when this returns. One that can never be made ends with its reason.
 *
 * @param id of the refund
 * @throws Stripe's error when it is unavailable or refuses, an outage of Redis or Postgres: retry
 */
export async function refundPayment(deps: PaymentDeps, id: string): Promise<void> {
  const { db, log } = deps;
  const record = await findRefund(db, id);
  if (record === undefined) throw new Error(`no refund ${id} was requested`);
  if (record.done_at !== null) return;
  const { payment_id: payment, order_id: order, reason, amount } = record;
  if ((await ensureRefund(deps, record)) === 'ended') return;
  await returnItems(deps, record);
  await completeRefunds(deps, payment);
  const now = await findRefund(db, id);
  if (now?.stripe_id == null) throw new NotYet(`refund ${id} was replaced meanwhile`);
  await noteRefundDone(db, now);
  log.info({ payment, order, reason, amount, refund: now.stripe_id }, 'refunded');
}

/**
 * Makes the refund at Stripe under a durable idempotency key, if it is not made, and records it.
 */
async function ensureRefund(deps: PaymentDeps, record: RefundRecord): Promise<'made' | 'ended'> {
  const { stripe, db } = deps;
  const { id, payment_id: payment, order_id: orderId, attempt, amount } = record;
  if (record.stripe_id !== null) return 'made';
  let refund: Stripe.Refund;
  try {
    refund = await stripe.refunds.create(
      {
        ...{ payment_intent: payment, amount },
        metadata: { orderId, refundId: id, attempt: String(attempt) },
      },
      { idempotencyKey: `refund:${id}:${attempt}` },
    );
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    if (!isKeySpent(error) && !isRefused(error)) throw error;
    return afterRefusal(deps, record, error);
  }
  if (hasFailed(refund)) {
    await raiseRefundAttempt(db, record, 'failed');
    throw new RefundFailed(`refund ${refund.id} of payment ${payment} is ${refund.status}`);
  }
  const status = refund.status === 'succeeded' ? 'succeeded' : 'pending';
  if (!(await noteRefund(db, record, { id: refund.id, status }))) {
    throw new NotYet(`refund ${id} was replaced meanwhile`);
  }
  return 'made';
}

/**
 * Looks at what Stripe has after it refused a refund, or answered for another call: it may exist,
 * less may be left, or it can never be made.
 */
async function afterRefusal(
  deps: PaymentDeps,
  record: RefundRecord,
  error: Stripe.errors.StripeError,
): Promise<'made' | 'ended'> {
  const { db } = deps;
  const { id, payment_id: payment } = record;
  await syncRefunds(deps, payment);
  const now = await findRefund(db, id);
  if (now?.stripe_id != null) return 'made';
  if (now?.attempt !== record.attempt) throw error;
  if (!isRefused(error)) {
    await raiseRefundAttempt(db, record, 'wanted');
    throw error;
  }
  const reason = endOf(error);
  const left = reason === undefined ? await readLeft(deps, payment) : undefined;
  if (reason === 'already_refunded' || left === 0) {
    // Made in Stripe's dashboard: what was wanted of the units is done all the same.
    await completeRefunds(deps, payment, record.restock);
    return end(deps, record, 'already_refunded', error);
  }
  if (reason !== undefined) return end(deps, record, reason, error);
  if (left !== undefined && left < record.amount) {
    await raiseRefundAttempt(db, record, 'wanted', left);
    throw new NotYet(`a part of payment ${payment} was refunded at Stripe meanwhile`);
  }
  await raiseRefundAttempt(db, record, 'failed');
  throw error;
}

/** What is left of a payment at Stripe; undefined where nothing was charged. */
async function readLeft({ stripe }: PaymentDeps, payment: string): Promise<number | undefined> {
  const intent = await stripe.paymentIntents.retrieve(payment, { expand: ['latest_charge'] });
  const charge = intent.latest_charge;
  if (charge === null || typeof charge === 'string') return undefined;
  return charge.amount_captured - charge.amount_refunded;
}

async function end(
  { db, log }: PaymentDeps,
  record: RefundRecord,
  reason: RefundEnd,
  error: unknown,
): Promise<'ended'> {
  await endRefund(db, record, reason);
  const { payment_id: payment, order_id: order } = record;
  log.error({ err: error, payment, order, reason }, 'a refund can never be made, and has ended');
  return 'ended';
}

/** Stripe's codes for what no retry changes: https://docs.stripe.com/error-codes. */
const ENDS: Readonly<Record<string, RefundEnd>> = {
  charge_disputed: 'disputed',
  refund_disputed_payment: 'disputed',
  charge_already_refunded: 'already_refunded',
  charge_not_refundable: 'not_refundable',
  resource_missing: 'not_ours',
};

function endOf({ code }: Stripe.errors.StripeError): RefundEnd | undefined {
  return code !== undefined && Object.hasOwn(ENDS, code) ? ENDS[code] : undefined;
}
