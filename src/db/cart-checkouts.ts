import { sql } from 'kysely';
import type { CartItems } from '../domain/items.ts';
import type { CartOwner } from './carts.ts';
import type { Db } from './client.ts';

/**
 * Records that a request turns a cart into an attempt, so that its order empties the cart. A key
 * recorded before keeps the content of that time, whatever the cart has now.
 *
 * @param key keyed hash of the attempt's key
 * @returns the recorded content; undefined when the cart is empty
 */
export async function noteCheckout(
  db: Db,
  { sale, buyer }: CartOwner,
  key: string,
): Promise<CartItems | undefined> {
  const again = sql<{ items: CartItems }>`
    update cart_checkouts set uses = uses + 1
    where sale_id = ${sale} and key = ${key} returning items`;
  const known = await again.execute(db);
  if (known.rows[0] !== undefined) return known.rows[0].items;
  const { rows } = await sql<{ items: CartItems }>`
    insert into cart_checkouts (sale_id, key, buyer_id, items)
    select sale_id, ${key}, buyer_id, items from carts
    where sale_id = ${sale} and buyer_id = ${buyer} and items <> '{}'
    on conflict (sale_id, key) do update set uses = cart_checkouts.uses + 1
    returning items`.execute(db);
  if (rows[0] !== undefined) return rows[0].items;
  // Another request may have recorded it, and emptied the cart, between the two.
  return (await again.execute(db)).rows[0]?.items;
}

/**
 * Undoes one use of a key, by a request that did not enter the line. When none is left the key is
 * free again; a use that entered the line, or may have, is never undone.
 */
export async function takeBackCheckout(db: Db, sale: string, key: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const row = await tx
      .updateTable('cart_checkouts')
      .set((eb) => ({ uses: eb('uses', '-', 1) }))
      .where('sale_id', '=', sale)
      .where('key', '=', key)
      .returning('uses')
      .executeTakeFirst();
    if (row?.uses !== 0) return;
    await tx
      .deleteFrom('cart_checkouts')
      .where('sale_id', '=', sale)
      .where('key', '=', key)
      .execute();
  });
}
