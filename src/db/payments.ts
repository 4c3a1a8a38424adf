import { type Selectable, sql } from 'kysely';
import type { Db } from './client.ts';
import type { Database } from './schema.ts';

export type PaymentRow = Selectable<Database['payments']>;
export type PaymentRequest = Selectable<Database['payment_requests']>;

/** What a payment has to do with: its order, as far as Stripe and the line need to know it. */
export interface PayableOrder {
  readonly id: string;
  readonly shard: number;
  readonly sale_id: string;
  readonly ticket_id: string;
  readonly ticket_ref: string;
  readonly buyer_id: string;
  readonly status: string;
  readonly amount: number;
  readonly currency: string;
  readonly hold_seq: number;
  /** How long ago its time was over, in ms; negative before. By Postgres's clock. */
  readonly overdueMs: number;
}

export async function findPayable(db: Db, orderId: string): Promise<PayableOrder | undefined> {
  return db
    .selectFrom('orders')
    .innerJoin('sales', 'sales.id', 'orders.sale_id')
    .select(['orders.id', 'shard', 'sale_id', 'ticket_id', 'ticket_ref', 'buyer_id', 'status'])
    .select(['amount', 'currency', 'hold_seq'])
    .select(
      sql<number>`(extract(epoch from clock_timestamp() - hold_expires_at) * 1000)::float8`.as(
        'overdueMs',
      ),
    )
    .where('orders.id', '=', orderId)
    .executeTakeFirst();
}

/**
 * Notes that an order may have a PaymentIntent from now on, while it is held and its time is not over. When that is,
 * its payment is looked at.
 *
 * @returns the note, of an earlier call too; undefined when the order cannot be paid (any more)
 */
export async function requestPayment(db: Db, orderId: string): Promise<PaymentRequest | undefined> {
  await sql`
    insert into payment_requests (order_id, next_try_at)
    select id, hold_expires_at from orders
    where id = ${orderId} and status = 'held' and hold_expires_at > clock_timestamp()
    on conflict (order_id) do nothing`.execute(db);
  return findRequest(db, orderId);
}

export async function findRequest(db: Db, orderId: string): Promise<PaymentRequest | undefined> {
  return db
    .selectFrom('payment_requests')
    .selectAll()
    .where('order_id', '=', orderId)
    .executeTakeFirst();
}

/** From now on the order's PaymentIntent is made under the next key; where another call has raised it, nothing happens. */
export async function raiseAttempt(db: Db, { order_id, attempt }: PaymentRequest): Promise<void> {
  await db
    .updateTable('payment_requests')
    .set({ attempt: attempt + 1, payment_id: null })
    .where('order_id', '=', order_id)
    .where('attempt', '=', attempt)
    .execute();
}

/** Notes the PaymentIntent that an attempt led to. */
export async function noteAttempt(
  db: Db,
  { order_id, attempt }: PaymentRequest,
  paymentId: string,
): Promise<void> {
  await db
    .updateTable('payment_requests')
    .set({ payment_id: paymentId })
    .where('order_id', '=', order_id)
    .where('attempt', '=', attempt)
    .execute();
}

/** Nothing of the order can be paid any more. */
export async function closeRequest(db: Db, orderId: string): Promise<void> {
  await db
    .updateTable('payment_requests')
    .set({ closed_at: sql<Date>`clock_timestamp()` })
    .where('order_id', '=', orderId)
    .execute();
}

/**
 * Notes a PaymentIntent of an order and its status at Stripe. What is final stays: events come in any order.
 */
export async function notePayment(
  db: Db,
  payment: Pick<PaymentRow, 'id' | 'order_id' | 'status' | 'amount' | 'currency'>,
): Promise<void> {
  await db
    .insertInto('payments')
    .values(payment)
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet({ status: payment.status })
        .where('payments.status', 'not in', ['succeeded', 'canceled', 'refunded']),
    )
    .execute();
}

export async function findPayment(db: Db, id: string): Promise<PaymentRow | undefined> {
  return db.selectFrom('payments').selectAll().where('id', '=', id).executeTakeFirst();
}

/** The payments of an order, oldest first. */
export async function listPayments(db: Db, orderId: string): Promise<PaymentRow[]> {
  return db
    .selectFrom('payments')
    .selectAll()
    .where('order_id', '=', orderId)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

/** Those of the given payments that are known, by id. */
export async function findPayments(
  db: Db,
  ids: readonly string[],
): Promise<ReadonlyMap<string, PaymentRow>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('payments').selectAll().where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, row]));
}
