import { sql } from 'kysely';
import type { CloseEntry, EditEntry, ProductEntry, RestockEntry } from '../../domain/entry.ts';
import { fromEdited } from '../../domain/sale-settings.ts';
import type { Tx } from '../client.ts';
import { toColumns } from '../sale-row.ts';

/** Projects changed settings of a sale, and texts and prices of its products. */
export async function projectEdit(tx: Tx, entry: EditEntry): Promise<void> {
  const set = toColumns(fromEdited(entry.set));
  if (Object.keys(set).length > 0) {
    await tx.updateTable('sales').set(set).where('id', '=', entry.sale).execute();
  }
  for (const [index, change] of Object.entries(entry.products ?? {})) {
    if (Object.values(change).every((value) => value === undefined)) continue;
    await tx
      .updateTable('products')
      .set({
        ...(change.name === undefined ? {} : { name: change.name }),
        ...(change.description === undefined ? {} : { description: change.description }),
        ...(change.amount === undefined ? {} : { amount: change.amount }),
        ...(change.currency === undefined ? {} : { currency: change.currency }),
      })
      .where('sale_id', '=', entry.sale)
      .where('index', '=', Number(index))
      .execute();
  }
}

/** Projects the close or the end of a sale. */
export async function projectClose(tx: Tx, entry: CloseEntry): Promise<void> {
  await tx
    .updateTable('sales')
    .set({ closed: entry.cause, offering: false })
    .where('id', '=', entry.sale)
    .execute();
}

/** Projects a product that was added to a sale. */
export async function projectProduct(
  tx: Tx,
  shard: number,
  seq: number,
  entry: ProductEntry,
): Promise<void> {
  const { stock, ...product } = entry.product;
  await tx
    .insertInto('products')
    .values({ ...product, sale_id: entry.sale, index: entry.index, total: stock, available: stock })
    .execute();
  await tx
    .insertInto('inventory_ledger')
    .values({
      shard,
      seq,
      product_id: product.id,
      cause: 'stocked',
      available: stock,
      held: 0,
      sold: 0,
    })
    .execute();
}

/** Projects units that were added or taken away. */
export async function projectRestock(
  tx: Tx,
  shard: number,
  seq: number,
  entry: RestockEntry,
): Promise<void> {
  const product = await tx
    .updateTable('products')
    .set({
      total: sql<number>`total + ${entry.delta}`,
      available: sql<number>`available + ${entry.delta}`,
    })
    .where('sale_id', '=', entry.sale)
    .where('index', '=', entry.index)
    .returning('id')
    .executeTakeFirstOrThrow();
  await tx
    .insertInto('inventory_ledger')
    .values({
      shard,
      seq,
      product_id: product.id,
      cause: 'restocked',
      available: entry.delta,
      held: 0,
      sold: 0,
    })
    .execute();
}

/** Projects the first load of a sale: the ledger starts with its stock. */
export async function projectLoad(
  tx: Tx,
  shard: number,
  seq: number,
  saleId: string,
): Promise<void> {
  await sql`
    insert into inventory_ledger (shard, seq, product_id, cause, available, held, sold)
    select ${shard}, ${seq}, id, 'stocked', total, 0, 0 from products
      where sale_id = ${saleId}`.execute(tx);
}
