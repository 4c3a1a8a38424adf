import { type Selectable, sql } from 'kysely';
import type { Db } from './client.ts';
import type { Database } from './schema.ts';

export type PaymentRequest = Selectable<Database['payment_requests']>;

/**
 * Records that an order may have a PaymentIntent from now on, if it is held and not expired. When
 * the hold expires, its payment is checked.
 *
 * @returns the record, of an earlier call too; undefined when the order cannot be paid (any more)
 */
export async function requestPayment(db: Db, orderId: string): Promise<PaymentRequest | undefined> {
  await sql`
    insert into payment_requests (order_id, next_try_at)
    select id, hold_expires_at from orders
    where id = ${orderId} and status = 'held' and hold_expires_at > clock_timestamp()
      and amount > 0
    on conflict (order_id) do nothing`.execute(db);
  return findRequest(db, orderId);
}

/** The record that an order may have a PaymentIntent; undefined when there is none. */
export async function findRequest(db: Db, orderId: string): Promise<PaymentRequest | undefined> {
  return db
    .selectFrom('payment_requests')
    .selectAll()
    .where('order_id', '=', orderId)
    .executeTakeFirst();
}

/**
 * From now on the order's PaymentIntent is created under the next key; does nothing when another
 * call has raised it.
 */
export async function raiseAttempt(db: Db, { order_id, attempt }: PaymentRequest): Promise<void> {
  await db
    .updateTable('payment_requests')
    .set({ attempt: attempt + 1, payment_id: null })
    .where('order_id', '=', order_id)
    .where('attempt', '=', attempt)
    .execute();
}

/** Records the PaymentIntent of an attempt. */
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

/**
 * Records that nothing of the order can be paid any more.
 *
 * @returns false when it is still held
 */
export async function closeRequest(db: Db, orderId: string): Promise<boolean> {
  const closed = await db
    .updateTable('payment_requests')
    .set({ closed_at: sql<Date>`clock_timestamp()` })
    .where('order_id', '=', orderId)
    .where('order_id', 'in', (eb) =>
      eb.selectFrom('orders').select('id').where('id', '=', orderId).where('status', '!=', 'held'),
    )
    .returning('order_id')
    .executeTakeFirst();
  return closed !== undefined;
}

/** Stripe has sent an event of the order: if its hold has expired, it is checked now. */
export async function hurryRequest(db: Db, orderId: string): Promise<void> {
  await sql`
    update payment_requests
      set next_try_at = least(next_try_at, greatest(clock_timestamp(), hold_expires_at))
    from orders where orders.id = order_id and order_id = ${orderId} and closed_at is null`.execute(
    db,
  );
}

/**
 * Records that Stripe could not be asked about an order whose hold has expired.
 *
 * @returns for how long that has been so, in ms
 */
export async function noteAway(db: Db, orderId: string): Promise<number> {
  const { rows } = await sql<{ ms: number }>`
    update payment_requests set away_since = coalesce(away_since, clock_timestamp())
    where order_id = ${orderId}
    returning (extract(epoch from clock_timestamp() - away_since) * 1000)::float8 as ms`.execute(
    db,
  );
  return rows[0]?.ms ?? 0;
}

/** Records that Stripe could be asked again. */
export async function noteBack(db: Db, orderId: string): Promise<void> {
  await db
    .updateTable('payment_requests')
    .set({ away_since: null })
    .where('order_id', '=', orderId)
    .where('away_since', 'is not', null)
    .execute();
}

/** When a payment was first requested; undefined when none ever was. */
export async function readOldest(db: Db): Promise<Date | undefined> {
  const row = await db
    .selectFrom('payment_requests')
    .select((eb) => eb.fn.min('created_at').as('oldest'))
    .executeTakeFirst();
  return row?.oldest ?? undefined;
}
