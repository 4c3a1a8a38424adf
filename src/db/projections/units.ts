import { sql } from 'kysely';
import type { Tx } from '../client.ts';

/** What happens to each unit of an order. */
export interface Move {
  readonly shard: number;
  readonly seq: number;
  readonly sale: string;
  readonly order: string;
  /** Why, for the ledger. */
  readonly cause: string;
  /** What the sale counts it as. */
  readonly counted: string;
  /** How the counters of its product change by one unit; where the sum is not 0, the total changes too. */
  readonly available: -1 | 0 | 1;
  readonly held: -1 | 0 | 1;
  readonly sold: -1 | 0 | 1;
}

/** Moves the units of an order between the counters of its products, with the ledger and the sale's counts. */
export async function moveUnits(tx: Tx, move: Move): Promise<void> {
  const { shard, seq, sale, order, cause, counted, available, held, sold } = move;
  await sql`
    with items as (
      select product_id, quantity * ${available}::integer as available, quantity * ${held}::integer as held,
        quantity * ${sold}::integer as sold
      from order_items where order_id = ${order}),
    ledger as (
      insert into inventory_ledger (shard, seq, product_id, cause, order_id, available, held, sold)
      select ${shard}, ${seq}, product_id, ${cause}, ${order}, available, held, sold from items),
    counted as (
      insert into sale_counts (sale_id, name, count) values (${sale}, ${counted}, 1)
      on conflict (sale_id, name) do update set count = sale_counts.count + 1)
    update products set available = products.available + items.available, held = products.held + items.held,
      sold = products.sold + items.sold, total = total + items.available + items.held + items.sold
    from items where products.id = items.product_id`.execute(tx);
}

/** Adds to what a sale counts. */
export async function count(tx: Tx, sale: string, name: string, by: number): Promise<void> {
  await sql`
    insert into sale_counts (sale_id, name, count) values (${sale}, ${name}, ${by})
    on conflict (sale_id, name) do update set count = sale_counts.count + excluded.count`.execute(
    tx,
  );
}
