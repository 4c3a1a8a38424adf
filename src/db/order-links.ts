import { sql } from 'kysely';
import type { Db } from './client.ts';

/** How long the link in a mail opens its order. */
const TTL = sql`interval '90 days'`;

/**
 * Stores the key of a link to an order, as its hash, for a mail to its buyer. The address is locked
 * meanwhile: a correction either finds the link and deletes it, or prevents it.
 *
 * @returns false when the buyer has another address by now: the mail must not be sent
 */
export async function addOrderLink(
  db: Db,
  link: { readonly order: string; readonly hash: Buffer; readonly email: string },
): Promise<boolean> {
  const { rows } = await sql`
    insert into order_links (hash, order_id, expires_at)
    select ${link.hash}::bytea, orders.id, clock_timestamp() + ${TTL}
    from orders join contacts on contacts.buyer_id = orders.buyer_id
    where orders.id = ${link.order} and contacts.email = ${link.email}
    for share of contacts
    returning order_id`.execute(db);
  return rows.length > 0;
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
