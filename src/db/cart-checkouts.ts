import { sql } from 'kysely';
import type { CartOwner } from './carts.ts';
import type { Db } from './client.ts';
import type { CartItems } from './schema.ts';

/** A purchase attempt made of a cart. */
export interface Checkout {
  readonly items: CartItems;
  /** It is the first with its key. */
  readonly isNew: boolean;
}

/**
 * Notes that an attempt is made of what is in a cart, so that its order empties the cart. A key
 * that was noted before stands for what was in the cart then.
 *
 * @param key keyed hash of the attempt's key
 * @returns undefined when there is nothing in the cart
 */
export async function noteCheckout(
  db: Db,
  { sale, buyer }: CartOwner,
  key: string,
): Promise<Checkout | undefined> {
  const { rows } = await sql<{ items: CartItems }>`
    insert into cart_checkouts (sale_id, key, buyer_id, items)
    select sale_id, ${key}, buyer_id, items from carts
    where sale_id = ${sale} and buyer_id = ${buyer} and items <> '{}'
    on conflict (sale_id, key) do nothing returning items`.execute(db);
  if (rows[0] !== undefined) return { items: rows[0].items, isNew: true };
  const known = await db
    .selectFrom('cart_checkouts')
    .select('items')
    .where('sale_id', '=', sale)
    .where('key', '=', key)
    .executeTakeFirst();
  return known && { items: known.items, isNew: false };
}

/** Forgets an attempt that did not come into the line: its key is free again. */
export async function forgetCheckout(db: Db, sale: string, key: string): Promise<void> {
  await db
    .deleteFrom('cart_checkouts')
    .where('sale_id', '=', sale)
    .where('key', '=', key)
    .execute();
}
