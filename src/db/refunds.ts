import { type Selectable, sql } from 'kysely';
import { hasPaid, type RefundReason, type RefundStatus } from '../domain/payment.ts';
import { type Backoff, nextTryAt } from './backoff.ts';
import type { Db } from './client.ts';
import type { Database } from './schema.ts';

type RefundRow = Selectable<Database['refunds']>;

/** A payment to refund, with what is known of its order. */
export interface RefundRecord extends RefundRow {
  /** It paid its order, whose units are returned too. */
  readonly hasPaid: boolean;
  readonly order_id: string;
  readonly shard: number;
  readonly sale_id: string;
  readonly ticket_id: string;
}

/**
 * Records that a payment is to be refunded, once: a second call changes nothing.
 *
 * @param refund.restock puts the units of the order that it paid back on sale
 * @returns whether it was recorded before, and what becomes of the units
 */
export async function requestRefund(
  db: Db,
  refund: { readonly payment: string; readonly reason: RefundReason; readonly restock: boolean },
): Promise<{ readonly restock: boolean; readonly repeated: boolean }> {
  const made = await db
    .insertInto('refunds')
    .values({ payment_id: refund.payment, reason: refund.reason, restock: refund.restock })
    .onConflict((conflict) => conflict.doNothing())
    .returning('restock')
    .executeTakeFirst();
  if (made !== undefined) return { ...made, repeated: false };
  const known = await db
    .selectFrom('refunds')
    .select('restock')
    .where('payment_id', '=', refund.payment)
    .executeTakeFirstOrThrow();
  return { ...known, repeated: true };
}

/** The refund of a payment; undefined when there is none. */
export async function findRefund(db: Db, payment: string): Promise<RefundRecord | undefined> {
  const row = await db
    .selectFrom('refunds')
    .innerJoin('payments', 'payments.id', 'payment_id')
    .innerJoin('orders', 'orders.id', 'order_id')
    .innerJoin('sales', 'sales.id', 'orders.sale_id')
    .selectAll('refunds')
    .select(['order_id', 'shard', 'orders.sale_id', 'ticket_id', 'outcome'])
    .where('payment_id', '=', payment)
    .executeTakeFirst();
  return row && { ...row, hasPaid: hasPaid(row.outcome) };
}

/**
 * Records that Stripe has accepted the refund: our part is done.
 *
 * @returns false when it was made under another key meanwhile, whose result is unknown
 */
export async function noteRefund(
  db: Db,
  { payment_id, attempt }: Pick<RefundRow, 'payment_id' | 'attempt'>,
  refund: { readonly id: string; readonly status: RefundStatus },
): Promise<boolean> {
  const noted = await db
    .updateTable('refunds')
    .set({ stripe_id: refund.id, status: refund.status })
    .set({ done_at: sql<Date>`coalesce(done_at, clock_timestamp())` })
    .where('payment_id', '=', payment_id)
    .where('attempt', '=', attempt)
    .returning('payment_id')
    .executeTakeFirst();
  return noted !== undefined;
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
    .execute();
}

/** A failed refund is retried at once, then after 1 min, 3 min, … 1 h. */
const FAILED: Backoff = { fromMs: 60_000, toMs: 3_600_000, isAtOnceFirst: true };

/**
 * The refund is to be retried under another key: nothing was done under this one, or it failed.
 *
 * @param status what the seller sees until then: `failed` when Stripe refused it or it failed there
 */
export async function raiseRefundAttempt(
  db: Db,
  { payment_id, attempt }: Pick<RefundRow, 'payment_id' | 'attempt'>,
  status: 'wanted' | 'failed',
): Promise<void> {
  await db
    .updateTable('refunds')
    .set({ attempt: attempt + 1, status, stripe_id: null, done_at: null })
    .$if(status === 'failed', (query) =>
      query.set({ tries: sql<number>`tries + 1`, next_try_at: nextTryAt(FAILED) }),
    )
    .where('payment_id', '=', payment_id)
    .where('attempt', '=', attempt)
    .execute();
}
