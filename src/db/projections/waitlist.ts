import { sql } from 'kysely';
import type { Deadline } from '../../domain/deadline.ts';
import type { LeaveEntry, Offers } from '../../domain/entry.ts';
import { parseRef } from '../../domain/ticket.ts';
import type { WaitlistStatus } from '../../domain/waitlist.ts';
import type { Tx } from '../client.ts';
import { addCount } from './counts.ts';
import { projectHolds } from './holds.ts';

/**
 * Projects what a script did on the waitlist after units came back.
 *
 * @returns when the holds of the offers end
 * @throws Error when a ticket is not waiting (I3, I7): the journal contradicts what is recorded
 */
export async function projectOffers(
  tx: Tx,
  shard: number,
  seq: number,
  sale: string,
  { offers = [], over = [], more, at = 0 }: Offers,
): Promise<Deadline[]> {
  await tx
    .updateTable('sales')
    .set({ offering: more === true })
    .where('id', '=', sale)
    .where('offering', '!=', more === true)
    .execute();
  if (over.length > 0) await endWaiting(tx, seq, sale, over, 'rejected');
  if (offers.length === 0) return [];
  const rows = await endWaiting(tx, seq, sale, offers, 'offered');
  await addCount(tx, sale, 'offered', offers.length);
  const winners = rows.map((row) => ({
    seq,
    sale,
    buyer: row.buyer_id,
    line: row.line_number,
    ref: parseRef(row.ticket_ref),
    offered: true,
    counted: row.origin === '' ? undefined : { origin: row.origin, atMs: at },
  }));
  return projectHolds(tx, shard, winners);
}

/** Projects a buyer's leaving the waitlist. */
export async function projectLeave(tx: Tx, seq: number, entry: LeaveEntry): Promise<void> {
  await endWaiting(tx, seq, entry.sale, [entry.line], 'cancelled');
}

/**
 * Ends the waiting in a sale that is over.
 *
 * @param items those of a dismissal, see src/domain/entry.ts; everything when omitted
 */
export async function projectGone(
  tx: Tx,
  seq: number,
  sale: string,
  items?: readonly string[],
): Promise<void> {
  await tx
    .updateTable('waitlist')
    .set({ status: 'sold_out', seq })
    .where('sale_id', '=', sale)
    .where('status', '=', 'waitlisted')
    .$if(items !== undefined, (query) => query.where(sql<boolean>`items = any(${items})`))
    .execute();
}

async function endWaiting(
  tx: Tx,
  seq: number,
  sale: string,
  lines: readonly number[],
  status: WaitlistStatus,
) {
  const rows = await tx
    .updateTable('waitlist')
    .set({ status, seq })
    .where('sale_id', '=', sale)
    .where('line_number', 'in', lines)
    .where('status', '=', 'waitlisted')
    .returning(['buyer_id', 'line_number', 'ticket_ref', 'origin'])
    .execute();
  if (rows.length !== lines.length) {
    throw new Error(`entry ${seq}: not all of ${lines.join(', ')} wait in sale ${sale}`);
  }
  return rows;
}
