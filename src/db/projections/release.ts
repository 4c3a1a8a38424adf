import { sql } from 'kysely';
import type { ReleaseEntry } from '../../domain/entry.ts';
import type { Tx } from '../client.ts';

/** The end of an unpaid hold, with its number in the log. */
export interface Released {
  readonly seq: number;
  readonly entry: ReleaseEntry;
}

/**
 * Projects a run of ends of unpaid holds: the orders, their returned units, the ledger.
 *
 * @throws Error when the log has no such hold (I7): the journal contradicts what is recorded
 */
export async function projectReleases(
  tx: Tx,
  shard: number,
  run: readonly Released[],
): Promise<void> {
  const rows = run.map(({ seq, entry: { sale, ticket, hold, cause } }) => {
    return { seq, sale, ticket, hold, cause };
  });
  const { rows: ended } = await sql<{ ticket: string; hold: number }>`
    with released as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as r(seq bigint, sale text, ticket text, hold bigint, cause text)),
    changed as (
      update orders set status = released.cause, ended_at = clock_timestamp()
      from released
      where ticket_id = released.ticket and hold_seq = released.hold and status = 'held'
      returning id, released.*),
    items as (
      select seq, cause, order_id, product_id, quantity - returned as units
      from changed join order_items on order_id = changed.id),
    ledger as (
      insert into inventory_ledger (shard, seq, product_id, cause, order_id, available, held, sold)
      select ${shard}, seq, product_id, cause, order_id, units, -units, 0 from items
      order by seq),
    moved as (
      update products set available = available + back.units, held = held - back.units
      from (select product_id, sum(units) as units from items group by product_id) back
      where products.id = back.product_id),
    counted as (
      insert into sale_counts (sale_id, name, count)
      select sale, 'hold_' || cause, count(*) from changed group by sale, cause
      on conflict (sale_id, name) do update set count = sale_counts.count + excluded.count),
    touched as (
      update sales set last_seq = last.seq, offering = false
      from (select sale, max(seq) as seq from changed group by sale) last
      where sales.id = last.sale)
    select ticket, hold from changed`.execute(tx);
  if (ended.length === run.length) return;
  const found = new Set(ended.map(({ ticket, hold }) => `${ticket} ${hold}`));
  const missing = rows.find(({ ticket, hold }) => !found.has(`${ticket} ${hold}`));
  throw new Error(
    `release of ticket ${missing?.ticket}: no hold of entry ${missing?.hold} is on record`,
  );
}
