import { sql } from 'kysely';
import type { Tx } from '../client.ts';
import { addCount } from './counts.ts';

/** What happens to each unit that an order has. */
export interface Move {
  readonly shard: number;
  readonly seq: number;
  readonly sale: string;
  readonly order: string;
  /** Why, for the ledger. */
  readonly cause: string;
  /** The name under which the sale counts it. */
  readonly counted: string;
  /**
   * How the counters of its product change by one unit; if the sum is not 0, the total changes too.
   */
  readonly available: -1 | 0 | 1;
  readonly held: -1 | 0 | 1;
  readonly sold: -1 | 0 | 1;
}

/**
 * Moves the units of an order between the counters of its products, with the ledger and the sale's
 * counts.
 */
export async function moveUnits(tx: Tx, move: Move): Promise<void> {
  const { shard, seq, sale, order, cause, counted, available, held, sold } = move;
  await addCount(tx, sale, counted, 1);
  await sql`
    with items as (
      select product_id, (quantity - returned) * ${available}::integer as available,
        (quantity - returned) * ${held}::integer as held,
        (quantity - returned) * ${sold}::integer as sold
      from order_items where order_id = ${order}),
    ledger as (
      insert into inventory_ledger (shard, seq, product_id, cause, order_id, available, held, sold)
      select ${shard}, ${seq}, product_id, ${cause}, ${order}, available, held, sold from items)
    update products set available = products.available + items.available,
      held = products.held + items.held,
      sold = products.sold + items.sold, total = total + items.available + items.held + items.sold
    from items where products.id = items.product_id`.execute(tx);
}
