import { sql } from 'kysely';
import type { ReleaseEntry } from '../../domain/entry.ts';
import type { Tx } from '../client.ts';

/**
 * Projects the end of a hold that was not paid: the order, its units back, the ledger.
 *
 * @throws Error when the log knows no such hold (I7): the journal does not fit what is recorded
 */
export async function projectRelease(
  tx: Tx,
  shard: number,
  seq: number,
  entry: ReleaseEntry,
): Promise<void> {
  const order = await tx
    .updateTable('orders')
    .set({ status: entry.cause, ended_at: sql<Date>`clock_timestamp()` })
    .where('ticket_id', '=', entry.ticket)
    .where('hold_seq', '=', entry.hold)
    .where('status', '=', 'held')
    .returning('id')
    .executeTakeFirst();
  if (order === undefined) {
    throw new Error(
      `release of ticket ${entry.ticket}: no hold of entry ${entry.hold} is on record`,
    );
  }
  await sql`
    with items as (select product_id, quantity from order_items where order_id = ${order.id}),
    ledger as (
      insert into inventory_ledger (shard, seq, product_id, cause, order_id, available, held, sold)
      select ${shard}, ${seq}, product_id, ${entry.cause}, ${order.id}, quantity, -quantity, 0 from items),
    counted as (
      insert into sale_counts (sale_id, name, count) values (${entry.sale}, ${`hold_${entry.cause}`}, 1)
      on conflict (sale_id, name) do update set count = sale_counts.count + 1)
    update products set available = available + items.quantity, held = held - items.quantity
    from items where products.id = items.product_id`.execute(tx);
}
