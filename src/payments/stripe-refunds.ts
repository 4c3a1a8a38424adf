import type Stripe from 'stripe';
import { importRefund } from '../db/refund-requests.ts';
import {
  endRefund,
  findMadeRefund,
  findRefund,
  noteRefund,
  noteRefundStatus,
  type RefundRecord,
  raiseRefundAttempt,
  readReturned,
} from '../db/refunds.ts';
import type { PaymentDeps } from './deps.ts';
import { NotYet } from './not-yet.ts';
import { idOf, isMissing } from './stripe.ts';

type FollowDeps = Pick<PaymentDeps, 'db' | 'log'>;

/** Whether a refund did not return anything in the end. */
export function hasFailed({ status }: Stripe.Refund): boolean {
  return status === 'failed' || status === 'canceled';
}

/**
 * Records every refund that Stripe has of a payment: those that our calls made although we do not
 * know it, and those that were made in Stripe's dashboard.
 *
 * @throws Stripe's error when it is unavailable
 */
export async function syncRefunds(
  deps: FollowDeps & Pick<PaymentDeps, 'stripe'>,
  payment: string,
): Promise<void> {
  const refunds: Stripe.Refund[] = [];
  try {
    const list = deps.stripe.refunds.list({ payment_intent: payment, limit: 100 });
    for await (const refund of list) refunds.push(refund);
  } catch (error) {
    if (!isMissing(error)) throw error; // otherwise there is no such payment, and nothing of it
  }
  for (const refund of refunds.reverse()) await noteStripeRefund(deps, refund);
}

/**
 * Records what Stripe reports about a refund of a known payment. One of ours that failed is made
 * again, under another key.
 *
 * @throws NotYet while it may be a refund that is being made
 */
export async function noteStripeRefund(deps: FollowDeps, refund: Stripe.Refund): Promise<void> {
  const { db } = deps;
  const known = await findMadeRefund(db, refund.id);
  if (known !== undefined) return followKnown(deps, known, refund);
  const own = await findOwn(db, refund);
  if (own !== undefined) {
    // Of an earlier attempt, which was reported already, or made and not recorded yet.
    if (own.stripe_id !== null || own.status === 'ended') return;
    const { attempt = '' } = refund.metadata ?? {};
    if (attempt === '') throw new NotYet(`the refund of ${own.payment_id} is being made`);
    if (Number(attempt) !== own.attempt) return;
    await noteRefund(db, own, { id: refund.id, status: statusOf(refund) });
    const noted = await findMadeRefund(db, refund.id);
    return noted && followKnown(deps, noted, refund);
  }
  const payment = idOf(refund.payment_intent);
  const returned = payment === undefined ? undefined : await readReturned(db, payment);
  if (payment === undefined || returned === undefined || hasFailed(refund)) return;
  // Before parts were recorded, the first refund in the dashboard stood for all of them.
  if (returned.made + refund.amount > returned.amount) return;
  const { id: stripeId, amount } = refund;
  await importRefund(db, payment, { stripeId, amount, status: statusOf(refund) });
  deps.log.info({ payment, refund: stripeId, amount }, "a refund was made in Stripe's dashboard");
}

async function followKnown(
  { db, log }: FollowDeps,
  record: RefundRecord,
  refund: Stripe.Refund,
): Promise<void> {
  if (record.status === 'ended') return;
  if (!hasFailed(refund)) {
    if (refund.status === 'succeeded') {
      await noteRefundStatus(db, { id: refund.id, status: 'succeeded' });
    }
    return;
  }
  const about = { payment: record.payment_id, refund: refund.id, why: refund.failure_reason };
  // An order that is refunded owes its buyer the money, whoever returned it.
  if (record.reason === 'at_stripe' && record.orderStatus === 'paid') {
    log.error(about, "a refund that was made in Stripe's dashboard failed");
    return endRefund(db, record, 'failed_at_stripe');
  }
  log.error(about, 'a refund failed, will be retried');
  await raiseRefundAttempt(db, record, 'failed');
}

/** Our refund that Stripe's is: our calls say so in the metadata. */
async function findOwn(
  db: FollowDeps['db'],
  { metadata, payment_intent }: Stripe.Refund,
): Promise<RefundRecord | undefined> {
  const { refundId, orderId } = metadata ?? {};
  // Before parts were recorded, only the order was named.
  const id = refundId ?? (orderId === undefined ? undefined : idOf(payment_intent));
  return id === undefined ? undefined : findRefund(db, id);
}

function statusOf({ status }: Stripe.Refund): 'succeeded' | 'pending' {
  return status === 'succeeded' ? 'succeeded' : 'pending';
}
