import { sql } from 'kysely';
import type { Tx } from './client.ts';

/** What a rebuild reads of a sale: each function takes a snapshot and the sale's id. */

/** An existing sale, with the stock of its products in their order. */
export async function readSaleState(tx: Tx, id: string) {
  const sale = await tx
    .selectFrom('sales')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const products = await tx
    .selectFrom('products')
    .select(['available', 'held', 'sold'])
    .where('sale_id', '=', id)
    .orderBy('index')
    .execute();
  return { sale, products };
}

/**
 * Orders whose units are held, paid or refunded, with the units that they still have.
 * `isHandedOver`: the hold has expired and is left to the payment worker, so that its deadline
 * need not be in Redis.
 */
export function readClaimedOrders(tx: Tx, sale: string) {
  return tx
    .selectFrom('orders')
    .innerJoin('order_items', 'order_items.order_id', 'orders.id')
    .innerJoin('products', 'products.id', 'product_id')
    .select([
      'ticket_id',
      'ticket_ref',
      'buyer_id',
      'status',
      'hold_seq',
      'hold_expires_at',
      sql<boolean>`hold_expires_at <= clock_timestamp() and exists (
        select from payment_requests where order_id = orders.id)`.as('isHandedOver'),
      sql<string>`sum(quantity - returned)`.as('units'),
      sql<string>`coalesce(string_agg(products.index || 'x' || quantity - returned, '-'
        order by products.index) filter (where quantity > returned), '')`.as('items'),
    ])
    .where('orders.sale_id', '=', sale)
    .where('status', 'in', ['held', 'paid', 'refunded'])
    .groupBy('orders.id')
    .execute();
}

/** Settled payments, each with the entry that settled it. */
export function readSettledPayments(tx: Tx, sale: string) {
  return tx
    .selectFrom('payments')
    .innerJoin('orders', 'orders.id', 'order_id')
    .select(['payments.id', 'seq'])
    .where('sale_id', '=', sale)
    .where('outcome', 'is not', null)
    .execute();
}

/** Holds with an origin, in the order in which they were made. */
export function readCountedHolds(tx: Tx, sale: string) {
  return tx
    .selectFrom('counted_holds')
    .select(['origin', 'at_ms'])
    .where('sale_id', '=', sale)
    .orderBy('seq')
    .orderBy('line_number')
    .execute();
}

/** Tickets waiting on the waitlist. */
export function readWaitlist(tx: Tx, sale: string) {
  return tx
    .selectFrom('waitlist')
    .select(['buyer_id', 'ticket_ref', 'items', 'line_number', 'origin'])
    .where('sale_id', '=', sale)
    .where('status', '=', 'waitlisted')
    .execute();
}
