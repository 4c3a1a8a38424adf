import type { Selectable } from 'kysely';
import type { Db } from './client.ts';
import type { Database } from './schema.ts';

export type PaymentRow = Selectable<Database['payments']>;

/**
 * Records a PaymentIntent of an order and its state at Stripe. A final one stays: events arrive in
 * any order.
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
        .doUpdateSet({
          status: payment.status,
          amount: payment.amount,
          currency: payment.currency,
        })
        .where('payments.status', 'not in', ['succeeded', 'canceled']),
    )
    .execute();
}

/** A PaymentIntent; undefined when it is not known. */
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

/** The known ones of the given payments, by id. */
export async function findPayments(
  db: Db,
  ids: readonly string[],
): Promise<ReadonlyMap<string, PaymentRow>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('payments').selectAll().where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, row]));
}
