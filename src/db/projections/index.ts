import type { Entry } from '../../domain/entry.ts';
import type { Tx } from '../client.ts';
import { type Decided, projectDecides, type RecordedHold } from './decide.ts';
import { projectRelease } from './release.ts';
import { projectClose, projectEdit, projectLoad, projectProduct, projectRestock } from './sale.ts';

/** The projections of journal entries, in the transaction that logs them. */

export interface Sequenced {
  readonly seq: number;
  readonly entry: Entry;
}

/**
 * Applies entries in order; batches that follow each other go in one statement.
 *
 * @returns the holds that were recorded and have not ended again within these entries
 */
export async function project(
  tx: Tx,
  shard: number,
  entries: readonly Sequenced[],
): Promise<RecordedHold[]> {
  const holds = new Map<string, RecordedHold>();
  let run: Decided[] = [];
  const flushRun = async () => {
    if (run.length === 0) return;
    for (const hold of await projectDecides(tx, shard, run)) holds.set(hold.ticket, hold);
    run = [];
  };
  for (const { seq, entry } of entries) {
    if (entry.k === 'decide') {
      run.push({ seq, entry });
      continue;
    }
    await flushRun();
    if (entry.k === 'release') holds.delete(entry.ticket);
    await projectOne(tx, shard, seq, entry);
  }
  await flushRun();
  return [...holds.values()];
}

async function projectOne(
  tx: Tx,
  shard: number,
  seq: number,
  entry: Exclude<Entry, { k: 'decide' }>,
): Promise<void> {
  if (entry.k === 'skip') return;
  await tx.updateTable('sales').set({ last_seq: seq }).where('id', '=', entry.sale).execute();
  switch (entry.k) {
    case 'load':
      return projectLoad(tx, shard, seq, entry.sale);
    case 'release':
      return projectRelease(tx, shard, seq, entry);
    case 'edit':
      return projectEdit(tx, entry);
    case 'close':
      return projectClose(tx, entry);
    case 'product':
      return projectProduct(tx, shard, seq, entry);
    case 'restock':
      return projectRestock(tx, shard, seq, entry);
  }
}
