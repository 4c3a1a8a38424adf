import Stripe from 'stripe';
import {
  findRefund,
  noteRefund,
  noteRefundStatus,
  type RefundTask,
  raiseRefundAttempt,
} from '../db/refunds.ts';
import { refund as refundUnits } from '../redis/scripts/refund.ts';
import type { PaymentDeps } from './deps.ts';
import { NotYet } from './settle.ts';
import { isKeySpent, isRefused } from './stripe.ts';

/**
 * Gives a payment back that is to go back, once (I8): first the money at Stripe, then, where it had paid its order, the
 * units, which is recorded when this returns.
 *
 * @throws Stripe's error when it is away or refuses, an outage of Redis or Postgres: try again
 */
export async function giveBack(deps: PaymentDeps, payment: string): Promise<void> {
  const { db, log } = deps;
  const task = await findRefund(db, payment);
  if (task === undefined) throw new Error(`payment ${payment} is not to go back`);
  if (task.done_at !== null) return;
  const refund = await refundMoney(deps, task);
  if (task.hasPaid) await takeUnitsBack(deps, task);
  const status = refund.status === 'succeeded' ? 'succeeded' : 'pending';
  await noteRefund(db, payment, { id: refund.id, status });
  log.info({ payment, order: task.order_id, reason: task.reason, refund: refund.id }, 'refunded');
}

/** The refund at Stripe, made under a durable key where there is none. */
async function refundMoney({ stripe, db }: PaymentDeps, task: RefundTask): Promise<Stripe.Refund> {
  const { payment_id: payment, order_id: orderId, attempt } = task;
  try {
    const refund = await stripe.refunds.create(
      { payment_intent: payment, metadata: { orderId } },
      { idempotencyKey: `refund:${payment}:${attempt}` },
    );
    if (!hasFailed(refund)) return refund;
    await raiseRefundAttempt(db, task);
    throw new Error(`refund ${refund.id} of payment ${payment} is ${refund.status}`);
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    if (!isKeySpent(error) && !isRefused(error)) throw error;
    const made = await findMadeRefund(stripe, payment);
    if (made !== undefined) return made;
    await raiseRefundAttempt(db, task, isRefused(error));
    throw error;
  }
}

/** What a call has made that was answered with trouble, or somebody at Stripe: a refund of the whole payment. */
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

async function takeUnitsBack({ redis, shards }: PaymentDeps, task: RefundTask): Promise<void> {
  const { sale_id: sale, ticket_id: ticket, restock } = task;
  const shard = shards.at(task.shard);
  const reply = await shard.change(
    (epoch) => refundUnits(redis, shard.keys, { epoch, sale, ticket, restock }),
    sale,
  );
  if (reply.status === 'GONE') await shard.drain(); // an earlier try did it: see to it that it is public
}

/**
 * Follows what Stripe says of a refund that it has taken on: one that failed is made again, under another key.
 *
 * @throws NotYet while a refund is being made: it may be this one
 */
export async function followRefund(
  { db, log }: Pick<PaymentDeps, 'db' | 'log'>,
  refund: Stripe.Refund,
): Promise<void> {
  const payment = idOf(refund.payment_intent);
  const task = payment === undefined ? undefined : await findRefund(db, payment);
  if (task === undefined) return;
  if (task.stripe_id === null) throw new NotYet(`the refund of ${payment} is being made`);
  if (task.stripe_id !== refund.id) return; // an earlier one, of which that was told
  if (hasFailed(refund)) {
    log.error({ payment, refund: refund.id, why: refund.failure_reason }, 'a refund failed');
    await raiseRefundAttempt(db, task);
  } else if (refund.status === 'succeeded') {
    await noteRefundStatus(db, { id: refund.id, status: 'succeeded' });
  }
}

/** The id of what Stripe gives as an id or as an object. */
export function idOf(object: string | { readonly id: string } | null): string | undefined {
  return typeof object === 'string' ? object : object?.id;
}
