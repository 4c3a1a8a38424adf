import type { Deadline } from '../../domain/deadline.ts';
import {
  type EntryOf,
  isOffering,
  type OfferingEntry,
  type Sequenced,
} from '../../domain/entry.ts';
import type { Tx } from '../client.ts';
import { projectArchive, projectRestore } from './archive.ts';
import { projectDecides } from './decide.ts';
import { type News, projectMessages, projectWaitEnded } from './messages.ts';
import { projectConfirm, projectPay, projectRefund, projectReturn } from './payment.ts';
import { projectReleases } from './release.ts';
import { groupRuns, type SingleKind } from './runs.ts';
import { projectClose, projectEdit, projectLoad, projectProduct, projectRestock } from './sale.ts';
import { projectGone, projectLeave, projectOffers } from './waitlist.ts';

/** The projections of journal entries, in the transaction that logs them. */

/**
 * Applies entries in order; consecutive batches share one statement, consecutive ends of holds
 * another, and so do all messages.
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
  const add = (made: readonly Deadline[]) => {
    for (const deadline of made) deadlines.set(deadline.identity, deadline);
  };
  const addOffers = async (seq: number, entry: OfferingEntry) => {
    const offered = await projectOffers(tx, shard, seq, entry.sale, entry);
    add(offered);
    for (const { identity } of offered) news.push({ kind: 'order.offered', identity });
  };
  for (const step of groupRuns(entries)) {
    if (step.k === 'decides') {
      add(await projectDecides(tx, shard, step.run));
      continue;
    }
    if (step.k === 'releases') {
      await projectReleases(tx, shard, step.run);
      for (const { entry } of step.run) deadlines.delete(entry.ticket);
      if (step.offering !== undefined) await addOffers(step.offering.seq, step.offering.entry);
      continue;
    }
    const { seq, entry } = step;
    await tx.updateTable('sales').set({ last_seq: seq }).where('id', '=', entry.sale).execute();
    await projectOne(tx, { shard, seq }, entry.k, entry);
    const effects = effectsOf(entry.k, entry);
    if (effects.ends !== undefined) deadlines.delete(effects.ends);
    if (effects.news !== undefined) news.push(effects.news);
    if (isOffering(entry)) await addOffers(seq, entry);
  }
  if (news.length > 0) await projectMessages(tx, news);
  return [...deadlines.values()];
}

/** What an entry does beside its projection. */
interface Effects {
  /** The identity of the ticket whose hold ends with it. */
  readonly ends?: string;
  readonly news?: News;
}

const NONE = (): Effects => ({});

const EFFECTS: { readonly [K in SingleKind]: (entry: EntryOf<K>) => Effects } = {
  load: NONE,
  edit: NONE,
  offer: NONE,
  leave: NONE,
  close: NONE,
  product: NONE,
  restock: NONE,
  pay: ({ ticket, out }) => ({
    ends: ticket,
    news: { kind: out === 'refund' ? 'payment.returned' : 'order.paid', identity: ticket },
  }),
  confirm: ({ ticket }) => ({ ends: ticket, news: { kind: 'order.paid', identity: ticket } }),
  return: NONE,
  archive: NONE,
  restore: NONE,
  refund: ({ ticket }) => ({ news: { kind: 'order.refunded', identity: ticket } }),
};

function effectsOf<K extends SingleKind>(kind: K, entry: EntryOf<K>): Effects {
  return EFFECTS[kind](entry);
}

/** The position of an entry in the log. */
interface LogPosition {
  readonly shard: number;
  readonly seq: number;
}

const PROJECTIONS: {
  readonly [K in SingleKind]: (tx: Tx, at: LogPosition, entry: EntryOf<K>) => Promise<void>;
} = {
  load: (tx, { shard, seq }, { sale }) => projectLoad(tx, shard, seq, sale),
  edit: (tx, _, entry) => projectEdit(tx, entry),
  offer: async () => {}, // it only offers
  leave: (tx, { seq }, entry) => projectLeave(tx, seq, entry),
  async close(tx, { seq }, entry) {
    await projectClose(tx, entry);
    await projectGone(tx, seq, entry.sale);
    await projectWaitEnded(tx, entry.sale, seq);
  },
  product: (tx, { shard, seq }, entry) => projectProduct(tx, shard, seq, entry),
  async restock(tx, { shard, seq }, entry) {
    await projectRestock(tx, shard, seq, entry);
    if (entry.gone !== undefined) await projectGone(tx, seq, entry.sale, entry.gone);
  },
  async pay(tx, { shard, seq }, entry) {
    await projectPay(tx, shard, seq, entry);
    if (entry.gone !== undefined) await projectGone(tx, seq, entry.sale, entry.gone);
  },
  confirm: (tx, { shard, seq }, entry) => projectConfirm(tx, shard, seq, entry),
  refund: (tx, { shard, seq }, entry) => projectRefund(tx, shard, seq, entry),
  return: (tx, { shard, seq }, entry) => projectReturn(tx, shard, seq, entry),
  archive: (tx, { seq }, entry) => projectArchive(tx, seq, entry),
  restore: (tx, _, entry) => projectRestore(tx, entry),
};

function projectOne<K extends SingleKind>(
  tx: Tx,
  at: LogPosition,
  kind: K,
  entry: EntryOf<K>,
): Promise<void> {
  return PROJECTIONS[kind](tx, at, entry);
}
