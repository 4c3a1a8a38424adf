import type { Deadline } from '../../domain/deadline.ts';
import { type Entry, isOffering, type Sequenced } from '../../domain/entry.ts';
import type { Tx } from '../client.ts';
import { type Decided, projectDecides } from './decide.ts';
import { type News, projectMessages } from './messages.ts';
import { projectPay, projectRefund } from './payment.ts';
import { projectRelease } from './release.ts';
import { projectClose, projectEdit, projectLoad, projectProduct, projectRestock } from './sale.ts';
import { projectGone, projectLeave, projectOffers } from './waitlist.ts';

/** The projections of journal entries, in the transaction that logs them. */

/**
 * Applies entries in order; batches that follow each other go in one statement, and so do all
 * messages.
 *
 * @returns when the holds end that were recorded and have not ended again within these entries
 */
export async function project(
  tx: Tx,
  shard: number,
  entries: readonly Sequenced[],
): Promise<Deadline[]> {
  const deadlines = new Map<string, Deadline>();
  const news: News[] = [];
  let run: Decided[] = [];
  const flushRun = async () => {
    if (run.length === 0) return;
    for (const deadline of await projectDecides(tx, shard, run)) {
      deadlines.set(deadline.ticket, deadline);
    }
    run = [];
  };
  for (const { seq, entry } of entries) {
    if (entry.k === 'decide') {
      run.push({ seq, entry });
      continue;
    }
    await flushRun();
    if (entry.k === 'release' || entry.k === 'pay') deadlines.delete(entry.ticket);
    await projectOne(tx, shard, seq, entry);
    if (entry.k === 'pay') {
      const kind = entry.out === 'refund' ? 'payment.returned' : 'order.paid';
      news.push({ kind, ticket: entry.ticket });
    }
    if (entry.k === 'refund') news.push({ kind: 'order.refunded', ticket: entry.ticket });
    if (isOffering(entry)) {
      const offered = await projectOffers(tx, shard, seq, entry.sale, entry);
      for (const deadline of offered) {
        deadlines.set(deadline.ticket, deadline);
        news.push({ kind: 'order.offered', ticket: deadline.ticket });
      }
    }
  }
  await flushRun();
  if (news.length > 0) await projectMessages(tx, news);
  return [...deadlines.values()];
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
    case 'offer':
      return; // all that it does is offering
    case 'leave':
      return projectLeave(tx, seq, entry);
    case 'close':
      await projectClose(tx, entry);
      return projectGone(tx, seq, entry.sale);
    case 'product':
      return projectProduct(tx, shard, seq, entry);
    case 'restock':
      await projectRestock(tx, shard, seq, entry);
      if (entry.gone !== undefined) await projectGone(tx, seq, entry.sale, entry.gone);
      return;
    case 'pay':
      await projectPay(tx, shard, seq, entry);
      if (entry.gone !== undefined) await projectGone(tx, seq, entry.sale, entry.gone);
      return;
    case 'refund':
      return projectRefund(tx, shard, seq, entry);
  }
}
