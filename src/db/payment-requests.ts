import { type Selectable, sql } from 'kysely';
import type { Db } from './client.ts';
import type { Database } from './schema.ts';

export type PaymentRequest = Selectable<Database['payment_requests']>;

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

/** The note that an order may have a PaymentIntent; undefined when it has none. */
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

/** When the oldest payment was asked for of which something can still be paid; undefined when there is none. */
export async function readOldestOpen(db: Db): Promise<Date | undefined> {
  const row = await db
    .selectFrom('payment_requests')
    .select('created_at')
    .where('closed_at', 'is', null)
    .orderBy('created_at')
    .limit(1)
    .executeTakeFirst();
  return row?.created_at;
}
