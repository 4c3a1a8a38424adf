import { sql } from 'kysely';
import type { Tx } from './client.ts';

/**
 * The products of sales with their units at the history's position; null before its first entry.
 */
export function readHistoryStock(tx: Tx, sales: readonly string[]) {
  return tx
    .selectFrom('products')
    .leftJoin('history_stock', 'product_id', 'products.id')
    .select(['products.id', 'sale_id', 'index', 'history_stock.total', 'gone'])
    .where(sql<boolean>`sale_id = any(${sales})`)
    .execute();
}

/** How entries of a shard's log changed the units of products, according to the ledger. */
export function readMoves(tx: Tx, shard: number, seqs: readonly number[]) {
  return tx
    .selectFrom('inventory_ledger')
    .select(['seq', 'product_id'])
    .select(sql<number>`available + held + sold`.as('total'))
    .select(sql<number>`held + sold`.as('gone'))
    .where('shard', '=', shard)
    .where('seq', 'in', seqs)
    .execute();
}

/** Writes the units of products at the history's position. */
export async function writeHistoryStock(
  tx: Tx,
  products: readonly { product: string; total: number; gone: number }[],
): Promise<void> {
  await sql`
    insert into history_stock (product_id, total, gone)
    select product, total, gone from jsonb_to_recordset(${JSON.stringify(products)}::jsonb)
      as r(product text, total integer, gone integer)
    on conflict (product_id) do update set total = excluded.total, gone = excluded.gone`.execute(
    tx,
  );
}
