import { type Selectable, sql } from 'kysely';
import type { Db } from './client.ts';
import type { Database, RefundStatus } from './schema.ts';

export type RefundRow = Selectable<Database['refunds']>;

/** A payment that goes back, with what is known of the order that it was for. */
export interface RefundTask extends RefundRow {
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
 */
export async function wantRefund(
  db: Db,
  refund: { readonly payment: string; readonly reason: string; readonly restock: boolean },
): Promise<void> {
  await db
    .insertInto('refunds')
    .values({ payment_id: refund.payment, reason: refund.reason, restock: refund.restock })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function findRefund(db: Db, payment: string): Promise<RefundTask | undefined> {
  return db
    .selectFrom('refunds')
    .innerJoin('payments', 'payments.id', 'payment_id')
    .innerJoin('orders', 'orders.id', 'order_id')
    .innerJoin('sales', 'sales.id', 'orders.sale_id')
    .selectAll('refunds')
    .select(['order_id', 'shard', 'orders.sale_id', 'ticket_id'])
    .select(sql<boolean>`coalesce(outcome in ('paid', 'retaken'), false)`.as('hasPaid'))
    .where('payment_id', '=', payment)
    .executeTakeFirst();
}

/** Stripe has taken the refund on: it is done, as far as it is ours. */
export async function noteRefund(
  db: Db,
  payment: string,
  refund: { readonly id: string; readonly status: RefundStatus },
): Promise<void> {
  await db
    .updateTable('refunds')
    .set({ stripe_id: refund.id, status: refund.status, done_at: sql<Date>`clock_timestamp()` })
    .where('payment_id', '=', payment)
    .execute();
  await db.updateTable('payments').set({ status: 'refunded' }).where('id', '=', payment).execute();
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

/**
 * The refund was not made under its key: the next try takes another.
 *
 * @param failed the refund that failed at Stripe; left out where there was none
 */
export async function raiseRefundAttempt(
  db: Db,
  { payment_id, attempt }: Pick<RefundRow, 'payment_id' | 'attempt'>,
  failed = true,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const raised = await tx
      .updateTable('refunds')
      .set({ attempt: attempt + 1, stripe_id: null, done_at: null })
      .$if(failed, (query) => query.set({ status: 'failed' }))
      .where('payment_id', '=', payment_id)
      .where('attempt', '=', attempt)
      .returning('payment_id')
      .executeTakeFirst();
    if (raised === undefined) return;
    await tx
      .updateTable('payments')
      .set({ status: 'succeeded' })
      .where('id', '=', payment_id)
      .execute();
  });
}
