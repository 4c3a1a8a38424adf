import type { Db } from '../../src/db/client.ts';
import type { BenchSale } from './sale.ts';

/**
 * Verifies the outcome of a crowd that wanted one unit each.
 *
 * @param buyers in line order
 * @throws Error unless exactly the first `stock` of them have an order, in order, and the counters
 *   agree
 */
export async function assertSoldInOrder(
  db: Db,
  sale: BenchSale,
  buyers: readonly string[],
): Promise<void> {
  const orders = await db
    .selectFrom('orders')
    .innerJoin('order_items', 'order_items.order_id', 'orders.id')
    .select(['buyer_id', 'line_number', 'quantity'])
    .where('sale_id', '=', sale.id)
    .orderBy('line_number')
    .execute();
  if (orders.length !== sale.stock) {
    throw new Error(`${orders.length} orders for a stock of ${sale.stock}`);
  }
  for (const [index, order] of orders.entries()) {
    const isRight = order.buyer_id === buyers[index] && order.line_number === index + 1;
    if (!isRight || order.quantity !== 1) throw new Error(`winner ${index + 1} is wrong`);
  }
  const product = await db
    .selectFrom('products')
    .select(['available', 'held', 'sold'])
    .where('id', '=', sale.product)
    .executeTakeFirstOrThrow();
  if (product.available !== 0 || product.held !== sale.stock || product.sold !== 0) {
    throw new Error(`the counters of the product are wrong: ${JSON.stringify(product)}`);
  }
}

/**
 * Verifies that our pipeline numbered and decided every ticket of a crowd exactly once.
 *
 * @throws Error when it did not
 */
export async function assertDecided(db: Db, sale: BenchSale, tickets: number): Promise<void> {
  const { line_number } = await db
    .selectFrom('sales')
    .select('line_number')
    .where('id', '=', sale.id)
    .executeTakeFirstOrThrow();
  const rows = await db
    .selectFrom('sale_counts')
    .select(['name', 'count'])
    .where('sale_id', '=', sale.id)
    .orderBy('name')
    .execute();
  const found = JSON.stringify([line_number, ...rows.map(({ name, count }) => [name, count])]);
  const wanted = [tickets, ['held', sale.stock], ['sold_out', tickets - sale.stock]];
  if (found !== JSON.stringify(wanted)) throw new Error(`wrong decisions: ${found}`);
}
