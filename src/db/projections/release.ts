import { sql } from 'kysely';
import type { ReleaseEntry } from '../../domain/entry.ts';
import type { Tx } from '../client.ts';
import { moveUnits } from './units.ts';

/**
 * Projects the end of an unpaid hold: the order, its returned units, the ledger.
 *
 * @throws Error when the log has no such hold (I7): the journal contradicts what is recorded
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
  await moveUnits(tx, {
    shard,
    seq,
    sale: entry.sale,
    order: order.id,
    cause: entry.cause,
    counted: `hold_${entry.cause}`,
    available: 1,
    held: -1,
    sold: 0,
  });
}
