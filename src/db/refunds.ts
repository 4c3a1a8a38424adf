import { type Selectable, sql } from 'kysely';
import { hasPaid, type RefundReason, type RefundStatus } from '../domain/payment.ts';
import { type Backoff, nextTryAt } from './backoff.ts';
import type { Db } from './client.ts';
import type { Database } from './schema.ts';

type RefundRow = Selectable<Database['refunds']>;

/** A payment that goes back, with what is known of the order that it was for. */
export interface RefundRecord extends RefundRow {
  /** It paid its order, whose units are taken back too. */
  readonly hasPaid: boolean;
  readonly order_id: string;
  readonly shard: number;
  readonly sale_id: string;
  readonly ticket_id: string;
}

/**
 * Notes that a payment goes back. Once: where it does already, nothing changes.
 *
 * @param refund.restock puts the units of the order that it paid back on sale
 * @returns whether it did already, and what becomes of the units
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

/** The refund of a payment; undefined when it does not go back. */
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
 * Stripe has taken the refund on: it is done, as far as it is ours.
 *
 * @returns false when it was made under another key meanwhile, which is not known to be done
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

/** What Stripe says of a refund that it has taken on. */
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

/** What failed is made again at once, then after 1 min, 3 min, … 1 h. */
const FAILED: Backoff = { fromMs: 60_000, toMs: 3_600_000, isAtOnceFirst: true };

/**
 * The refund is to be made under another key: nothing was done under this one, or what was done failed.
 *
 * @param status what the seller sees until then: `failed` where Stripe refused it or it failed there
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
