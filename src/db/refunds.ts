import { type Selectable, sql } from 'kysely';
import type { OrderStatus } from '../domain/order.ts';
import { hasPaid, type RefundEnd, type RefundStatus } from '../domain/payment.ts';
import { type Backoff, nextTryAt } from './backoff.ts';
import type { Db } from './client.ts';
import type { Database } from './schema.ts';

export type RefundRow = Selectable<Database['refunds']>;

/** A refund, with what is known of its payment and order. */
export interface RefundRecord extends RefundRow {
  /** The payment paid its order, whose units are returned too. */
  readonly hasPaid: boolean;
  readonly order_id: string;
  readonly orderStatus: OrderStatus;
  readonly shard: number;
  readonly sale_id: string;
  readonly ticket_id: string;
}

function selectRefunds(db: Db) {
  return db
    .selectFrom('refunds')
    .innerJoin('payments', 'payments.id', 'payment_id')
    .innerJoin('orders', 'orders.id', 'order_id')
    .innerJoin('sales', 'sales.id', 'orders.sale_id')
    .selectAll('refunds')
    .select(['order_id', 'orders.status as orderStatus', 'shard', 'orders.sale_id', 'ticket_id'])
    .select('outcome');
}

type Joined = Omit<RefundRecord, 'hasPaid'> & Pick<Selectable<Database['payments']>, 'outcome'>;

function toRecord(row: Joined | undefined): RefundRecord | undefined {
  return row && { ...row, hasPaid: hasPaid(row.outcome) };
}

/** A refund; undefined when there is none. */
export async function findRefund(db: Db, id: string): Promise<RefundRecord | undefined> {
  return toRecord(await selectRefunds(db).where('refunds.id', '=', id).executeTakeFirst());
}

/** The refund that Stripe knows by this id; undefined when it is not known. */
export async function findMadeRefund(db: Db, stripeId: string): Promise<RefundRecord | undefined> {
  return toRecord(await selectRefunds(db).where('stripe_id', '=', stripeId).executeTakeFirst());
}

/** What became of a captured payment so far. Amounts in minor units. */
export interface Returned {
  readonly order_id: string;
  readonly orderStatus: OrderStatus;
  readonly shard: number;
  readonly sale_id: string;
  readonly ticket_id: string;
  readonly hasPaid: boolean;
  readonly amount: number;
  /** What Stripe has accepted to return. */
  readonly made: number;
  /** The seller wants the units back on sale, or did not say. */
  readonly restock: boolean;
}

/** How much of a payment went back; undefined when it is not known. */
export async function readReturned(db: Db, payment: string): Promise<Returned | undefined> {
  const row = await db
    .selectFrom('payments')
    .innerJoin('orders', 'orders.id', 'order_id')
    .innerJoin('sales', 'sales.id', 'orders.sale_id')
    .select(['order_id', 'orders.status as orderStatus', 'shard', 'orders.sale_id', 'ticket_id'])
    .select(['payments.amount', 'outcome'])
    .where('payments.id', '=', payment)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const made = await db
    .selectFrom('refunds')
    .select(['amount', 'restock', 'reason'])
    .where('payment_id', '=', payment)
    .where('status', 'in', ['pending', 'succeeded'])
    .orderBy('number')
    .execute();
  return {
    ...row,
    hasPaid: hasPaid(row.outcome),
    made: made.reduce((sum, refund) => sum + refund.amount, 0),
    restock: made.findLast(({ reason }) => reason === 'requested')?.restock ?? true,
  };
}

/**
 * Records that Stripe has accepted a refund.
 *
 * @returns false when it was made under another key meanwhile, whose result is unknown
 */
export async function noteRefund(
  db: Db,
  { id, attempt }: Pick<RefundRow, 'id' | 'attempt'>,
  refund: { readonly id: string; readonly status: RefundStatus },
): Promise<boolean> {
  const noted = await db
    .updateTable('refunds')
    .set({ stripe_id: refund.id, status: refund.status })
    .where('id', '=', id)
    .where('attempt', '=', attempt)
    .where('status', '!=', 'ended')
    .returning('id')
    .executeTakeFirst();
  return noted !== undefined;
}

/** Records that our part of an accepted refund is done: its units are returned, too. */
export async function noteRefundDone(
  db: Db,
  { id, attempt }: Pick<RefundRow, 'id' | 'attempt'>,
): Promise<void> {
  await db
    .updateTable('refunds')
    .set({ done_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', id)
    .where('attempt', '=', attempt)
    .where('stripe_id', 'is not', null)
    .execute();
}

/** Stores Stripe's status of an accepted refund. */
export async function noteRefundStatus(
  db: Db,
  refund: { readonly id: string; readonly status: RefundStatus },
): Promise<void> {
  await db
    .updateTable('refunds')
    .set({ status: refund.status })
    .where('stripe_id', '=', refund.id)
    .where('status', '!=', 'ended')
    .execute();
}

/** A failed refund is retried at once, then after 1 min, 3 min, … 1 h. */
const FAILED: Backoff = { fromMs: 60_000, toMs: 3_600_000, isAtOnceFirst: true };

/**
 * The refund is to be retried under another key: nothing was done under this one, or it failed.
 *
 * @param status what the seller sees until then: `failed` when Stripe refused it or it failed there
 * @param amount what is left to return, if that is less by now
 */
export async function raiseRefundAttempt(
  db: Db,
  { id, attempt }: Pick<RefundRow, 'id' | 'attempt'>,
  status: 'wanted' | 'failed',
  amount?: number,
): Promise<void> {
  await db
    .updateTable('refunds')
    .set({ attempt: attempt + 1, status, stripe_id: null, done_at: null })
    .$if(amount !== undefined, (query) => query.set({ amount }))
    .$if(status === 'failed', (query) =>
      query.set({ tries: sql<number>`tries + 1`, next_try_at: nextTryAt(FAILED) }),
    )
    .where('id', '=', id)
    .where('attempt', '=', attempt)
    .execute();
}

/** Records that a refund can never be made, and why: it is not tried again. */
export async function endRefund(
  db: Db,
  { id, attempt }: Pick<RefundRow, 'id' | 'attempt'>,
  reason: RefundEnd,
): Promise<void> {
  await db
    .updateTable('refunds')
    .set({ status: 'ended', end_reason: reason, stripe_id: null })
    .set({ done_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', id)
    .where('attempt', '=', attempt)
    .execute();
}

/**
 * A dispute of the payment was withdrawn or won: what has to go back, and could not because of it,
 * is to be refunded again. What the seller or Stripe wanted is not: they decide anew.
 */
export async function reviveRefunds(db: Db, payment: string): Promise<void> {
  await db
    .updateTable('refunds')
    .set({ status: 'wanted', end_reason: null, done_at: null, attempt: sql<number>`attempt + 1` })
    .set({ next_try_at: sql<Date>`clock_timestamp()` })
    .where('payment_id', '=', payment)
    .where('end_reason', '=', 'disputed')
    .where('reason', 'not in', ['requested', 'at_stripe'])
    .execute();
}
