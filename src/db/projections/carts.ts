import { sql } from 'kysely';
import type { CartItems } from '../../domain/items.ts';
import type { Tx } from '../client.ts';

/** An attempt with a key that got its units; it may have been made from a cart. */
export interface WonCheckout {
  readonly sale: string;
  /** The keyed hash of its key. */
  readonly key: string;
  /** What was ordered, by product id. */
  readonly items: CartItems;
}

/**
 * Removes ordered units from the carts that they were ordered from; what was added meanwhile stays.
 * An attempt wins once, so its units leave the cart once.
 *
 * Cart rows are the only ones that recording shares with buyers, who lock one of them for one
 * statement.
 */
export async function emptyCarts(tx: Tx, won: readonly WonCheckout[]): Promise<void> {
  await sql`
    update carts set items = (
      select coalesce(jsonb_object_agg(product, units - ordered), '{}')
      from (select key as product, value::integer as units,
          coalesce((checkout.items ->> key)::integer, 0) as ordered
        from jsonb_each_text(carts.items)) lines
      where units > ordered)
    from jsonb_to_recordset(${JSON.stringify(won)}::jsonb) as r(sale text, key text, items jsonb)
    join cart_checkouts checkout
      on checkout.sale_id = r.sale and checkout.key = r.key and checkout.items = r.items
    where carts.sale_id = checkout.sale_id and carts.buyer_id = checkout.buyer_id`.execute(tx);
}
