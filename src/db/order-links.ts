import { sql } from 'kysely';
import type { Db } from './client.ts';

/** How long the link in a mail opens its order. */
const TTL = sql`interval '90 days'`;

/** Stores the key of a link to an order, as its hash. */
export async function addOrderLink(db: Db, orderId: string, hash: Buffer): Promise<void> {
  const expires_at = sql<Date>`clock_timestamp() + ${TTL}`;
  await db.insertInto('order_links').values({ hash, order_id: orderId, expires_at }).execute();
}

/** The buyer of an order that a key opens; undefined when it does not, or no longer. */
export async function findLinkedBuyer(
  db: Db,
  orderId: string,
  hash: Buffer,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('order_links')
    .innerJoin('orders', 'orders.id', 'order_links.order_id')
    .select('buyer_id')
    .where('hash', '=', hash)
    .where('order_id', '=', orderId)
    .where('expires_at', '>', sql<Date>`clock_timestamp()`)
    .executeTakeFirst();
  return row?.buyer_id;
}
