import type { Selectable } from 'kysely';
import type { NewProduct } from '../domain/entry.ts';
import type { SaleSettings } from '../domain/sale-settings.ts';
import type { Db } from './client.ts';
import { type SaleRow, toColumns } from './sale-row.ts';
import type { Database } from './schema.ts';

export type ProductRow = Selectable<Database['products']>;

/** A sale with its products, in the order given. */
export interface SaleRecord {
  readonly sale: SaleRow;
  readonly products: readonly ProductRow[];
}

export interface NewSale extends SaleSettings {
  readonly id: string;
  /** The secret that it keeps; when left out, that of the API process that starts next. */
  readonly secretId?: string;
  readonly products: readonly NewProduct[];
}

/**
 * Writes a new sale; its shard, the one with the fewest sales, never changes.
 *
 * @param shards shards that new sales may be put on: 0 to `shards - 1`
 */
export async function insertSale(db: Db, sale: NewSale, shards: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { shard } = await tx
      .selectFrom('shards')
      .leftJoin('sales', 'sales.shard', 'shards.shard')
      .select('shards.shard')
      .where('shards.shard', '<', shards)
      .groupBy('shards.shard')
      .orderBy((eb) => eb.fn.count('sales.id'))
      .orderBy('shards.shard')
      .limit(1)
      .executeTakeFirstOrThrow();
    await tx
      .insertInto('sales')
      .values({ id: sale.id, shard, secret_id: sale.secretId ?? null, ...toColumns(sale) })
      .execute();
    await tx
      .insertInto('products')
      .values(
        sale.products.map(({ stock, ...product }, index) => ({
          ...product,
          sale_id: sale.id,
          index,
          total: stock,
          available: stock,
        })),
      )
      .execute();
  });
}

/** Sales with their products, in the order asked for; undefined for those that are not there. */
export async function findSales(
  db: Db,
  ids: readonly string[],
): Promise<(SaleRecord | undefined)[]> {
  const [sales, products] = await Promise.all([
    db.selectFrom('sales').selectAll().where('id', 'in', ids).execute(),
    db.selectFrom('products').selectAll().where('sale_id', 'in', ids).orderBy('index').execute(),
  ]);
  const saleById = new Map(sales.map((sale) => [sale.id, sale]));
  const productsBySale = Map.groupBy(products, (product) => product.sale_id);
  return ids.map((id) => {
    const sale = saleById.get(id);
    return sale && { sale, products: productsBySale.get(id) ?? [] };
  });
}

/** A sale with its products; undefined when there is none. */
export async function findSale(db: Db, id: string): Promise<SaleRecord | undefined> {
  return (await findSales(db, [id]))[0];
}

/** Ids of up to `limit` sales, newest first, older than the sale `after` if given. */
export async function listSaleIds(db: Db, limit: number, after?: string): Promise<string[]> {
  let query = db
    .selectFrom('sales')
    .select('id')
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc');
  if (after !== undefined) {
    query = query.where((eb) =>
      eb(
        eb.refTuple('created_at', 'id'),
        '<',
        eb
          .selectFrom('sales')
          .select(['created_at', 'id'])
          .where('id', '=', after)
          .$asTuple('created_at', 'id'),
      ),
    );
  }
  return (await query.limit(limit).execute()).map((row) => row.id);
}

/** What mails say of an existing sale: its name, and the zone of its times. */
export async function saleInWords(
  db: Db,
  id: string,
): Promise<{ readonly name: string; readonly timeZone: string }> {
  return db
    .selectFrom('sales')
    .select(['name', 'time_zone as timeZone'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
}

/** The sale that a product belongs to, with the product's place in it. */
export async function findProduct(
  db: Db,
  productId: string,
): Promise<{ saleId: string; shard: number; index: number } | undefined> {
  const row = await db
    .selectFrom('products')
    .innerJoin('sales', 'sales.id', 'products.sale_id')
    .select(['sale_id', 'shard', 'index'])
    .where('products.id', '=', productId)
    .executeTakeFirst();
  return row && { saleId: row.sale_id, shard: row.shard, index: row.index };
}

/** Products of sales by their index: `${sale} ${index}`. */
export async function findPlaces(
  db: Db,
  sales: readonly string[],
): Promise<Map<string, { readonly id: string; readonly name: string }>> {
  if (sales.length === 0) return new Map();
  const rows = await db
    .selectFrom('products')
    .select(['id', 'sale_id', 'index', 'name'])
    .where('sale_id', 'in', sales)
    .execute();
  return new Map(rows.map(({ id, sale_id, index, name }) => [`${sale_id} ${index}`, { id, name }]));
}
