import type Stripe from 'stripe';
import { findPaymentOrder, type OrderRecord } from '../db/orders.ts';
import {
  findRefund,
  noteRefund,
  noteRefundStatus,
  type RefundRecord,
  raiseRefundAttempt,
  requestRefund,
} from '../db/refunds.ts';
import { DomainError } from '../domain/errors.ts';
import { hasPaid } from '../domain/payment.ts';
import { isOutage } from '../process/outage.ts';
import { returnUnits } from '../redis/scripts/return-units.ts';
import type { PaymentDeps } from './deps.ts';
import { NotYet } from './not-yet.ts';
import { idOf, isKeySpent, isRefused, isStripeAway } from './stripe.ts';

/**
 * Stripe accepted a refund, and it failed. Another may fail for the same reason, so it backs off.
 */
export class RefundFailed extends Error {
  override readonly name = 'RefundFailed';
}

/**
 * Refunds a paid order at its seller's request: recorded first, then attempted at once; the workers
 * retry what cannot be done now. Idempotent: an order that is refunded, or about to be, does not
 * change.
 *
 * @param restock puts the units back on sale
 * @returns whether a refund was requested before, and the `restock` of the first request
 * @throws DomainError not_refundable for an order that was never paid
 */
export async function refundOrder(
  deps: PaymentDeps,
  order: OrderRecord,
  restock: boolean,
): Promise<{ readonly restock: boolean; readonly repeated: boolean }> {
  const paying = order.payments.find(({ outcome }) => hasPaid(outcome));
  if (paying === undefined) {
    throw new DomainError(
      'not_refundable',
      `It is ${order.status}: no payment was captured for it.`,
    );
  }
  const wish = { payment: paying.id, reason: 'requested', restock } as const;
  const request = await requestRefund(deps.db, wish);
  try {
    await refundPayment(deps, paying.id);
  } catch (error) {
    if (!waitsForNextTry(error)) throw error;
    deps.log.warn({ err: error, order: order.id }, 'a refund failed for now, will be retried');
  }
  return request;
}

/** Anything but a bug of ours: a worker retries it. */
function waitsForNextTry(error: unknown): boolean {
  if (error instanceof DomainError) return error.code === 'unavailable';
  if (error instanceof NotYet || error instanceof RefundFailed) return true;
  return isStripeAway(error) || isRefused(error) || isOutage(error);
}

/**
 * Carries out the requested refund of a payment, once (I8): first the money at Stripe, then, if the
 * payment had paid its order, the units; both are recorded when this returns.
 *
 * @throws Stripe's error when it is unavailable or refuses, an outage of Redis or Postgres: retry
 */
export async function refundPayment(deps: PaymentDeps, payment: string): Promise<void> {
  const { db, log } = deps;
  const record = await findRefund(db, payment);
  if (record === undefined) throw new Error(`no refund of payment ${payment} was requested`);
  if (record.done_at !== null) return;
  const refund = await ensureRefund(deps, record);
  if (record.hasPaid) await takeUnitsBack(deps, record);
  const status = refund.status === 'succeeded' ? 'succeeded' : 'pending';
  const isNoted = await noteRefund(db, record, { id: refund.id, status });
  if (!isNoted) throw new NotYet(`the refund of payment ${payment} was replaced meanwhile`);
  const { order_id: order, reason } = record;
  log.info({ payment, order, reason, refund: refund.id }, 'refunded');
}

/** The refund at Stripe, created under a durable idempotency key if there is none. */
async function ensureRefund(
  { stripe, db }: PaymentDeps,
  record: RefundRecord,
): Promise<Stripe.Refund> {
  const { payment_id: payment, order_id: orderId, attempt } = record;
  let refund: Stripe.Refund;
  try {
    refund = await stripe.refunds.create(
      { payment_intent: payment, metadata: { orderId } },
      { idempotencyKey: `refund:${payment}:${attempt}` },
    );
  } catch (error) {
    if (!isKeySpent(error) && !isRefused(error)) throw error;
    const made = await findMadeRefund(stripe, payment);
    if (made !== undefined) return made;
    await raiseRefundAttempt(db, record, isRefused(error) ? 'failed' : 'wanted');
    throw error;
  }
  if (hasFailed(refund)) {
    await raiseRefundAttempt(db, record, 'failed');
    throw new RefundFailed(`refund ${refund.id} of payment ${payment} is ${refund.status}`);
  }
  return refund;
}

/**
 * A full refund that exists at Stripe although our call failed, or that was made in Stripe's
 * dashboard.
 */
async function findMadeRefund(stripe: Stripe, payment: string): Promise<Stripe.Refund | undefined> {
  const intent = await stripe.paymentIntents.retrieve(payment, { expand: ['latest_charge'] });
  const charge = intent.latest_charge;
  if (charge === null || typeof charge === 'string' || !charge.refunded) return undefined;
  const { data } = await stripe.refunds.list({ payment_intent: payment, limit: 100 });
  return data.find((refund) => !hasFailed(refund));
}

function hasFailed({ status }: Stripe.Refund): boolean {
  return status === 'failed' || status === 'canceled';
}

async function takeUnitsBack({ db, shards }: PaymentDeps, record: RefundRecord): Promise<void> {
  const { shard, sale_id: sale, ticket_id: identity, restock } = record;
  await shards.at(shard).change(returnUnits, { sale, identity, restock });
  const order = await findPaymentOrder(db, record.order_id);
  if (order?.status === 'paid') throw new NotYet(`order ${record.order_id} is still paid`);
}

/**
 * Applies what Stripe reports about an accepted refund: a failed one is made again, under another
 * key.
 *
 * @throws NotYet while a refund is being made: it may be this one
 */
export async function followRefund(
  { db, log }: Pick<PaymentDeps, 'db' | 'log'>,
  refund: Stripe.Refund,
): Promise<void> {
  const payment = idOf(refund.payment_intent);
  const record = payment === undefined ? undefined : await findRefund(db, payment);
  if (record === undefined) return;
  if (record.stripe_id === null) throw new NotYet(`the refund of ${payment} is being made`);
  if (record.stripe_id !== refund.id) return; // an earlier refund, already reported
  if (hasFailed(refund)) {
    log.error(
      { payment, refund: refund.id, why: refund.failure_reason },
      'a refund failed, will be retried',
    );
    await raiseRefundAttempt(db, record, 'failed');
  } else if (refund.status === 'succeeded') {
    await noteRefundStatus(db, { id: refund.id, status: 'succeeded' });
  }
}
