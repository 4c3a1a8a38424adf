import { sql } from 'kysely';
import type { CartItems } from '../domain/items.ts';
import type { Db } from './client.ts';

/** The owner of a cart: a buyer has one per sale. */
export interface CartOwner {
  readonly sale: string;
  readonly buyer: string;
}

/** The content of a cart. */
export async function readCart(db: Db, { sale, buyer }: CartOwner): Promise<CartItems> {
  const row = await db
    .selectFrom('carts')
    .select('items')
    .where('sale_id', '=', sale)
    .where('buyer_id', '=', buyer)
    .executeTakeFirst();
  return row?.items ?? {};
}

/**
 * Puts a product into a cart, or changes its quantity there. One statement, because recording waits
 * as long as the row is locked.
 *
 * @returns the new content; undefined, with nothing changed, when it would mix two currencies
 */
export async function putIntoCart(
  db: Db,
  { sale, buyer }: CartOwner,
  product: string,
  quantity: number,
): Promise<CartItems | undefined> {
  const { rows } = await sql<{ items: CartItems }>`
    insert into carts (sale_id, buyer_id, items)
    values (${sale}, ${buyer}, jsonb_build_object(${product}::text, ${quantity}::integer))
    on conflict (sale_id, buyer_id) do update
      set items = carts.items || excluded.items, updated_at = clock_timestamp()
      where not exists (
        select from products put join products other on other.sale_id = put.sale_id
        where put.id = ${product} and other.currency <> put.currency
          and jsonb_exists(carts.items, other.id))
    returning items`.execute(db);
  return rows[0]?.items;
}

/** Takes a product out of a cart, or everything. Returns what is left. */
export async function takeFromCart(
  db: Db,
  { sale, buyer }: CartOwner,
  product?: string,
): Promise<CartItems> {
  const left = product === undefined ? sql`'{}'::jsonb` : sql`items - ${product}::text`;
  const { rows } = await sql<{ items: CartItems }>`
    update carts set items = ${left}, updated_at = clock_timestamp()
    where sale_id = ${sale} and buyer_id = ${buyer} returning items`.execute(db);
  return rows[0]?.items ?? {};
}
