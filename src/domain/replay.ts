import { isDeepStrictEqual } from 'node:util';
import {
  type DecideEntry,
  type Entry,
  LOST_JUMP,
  type Offers,
  type Sequenced,
  ticketAt,
} from './entry.ts';
import { ShardModel } from './model.ts';

/** A log entry that the rules do not lead to. */
export interface Mismatch {
  readonly seq: number;
  readonly logged: Entry;
  /** What the rules lead to; undefined where they say that nothing happens. */
  readonly replayed: Entry | undefined;
}

/**
 * Replays the log of a shard through the pure model (I10).
 *
 * @param entries all entries of the log, in order
 * @returns the model's state after the last entry, and the first entry that it does not agree with
 */
export function replay(entries: Iterable<Sequenced>): {
  model: ShardModel;
  mismatch?: Mismatch;
} {
  const model = new ShardModel();
  for (const { seq, entry } of entries) {
    const expected = model.seq + 1;
    if ('job' in entry && entry.job > model.decided + LOST_JUMP) model.decided = entry.job - 1;
    const replayed = step(model, entry);
    if (seq !== expected || !isDeepStrictEqual(replayed, entry)) {
      return { model, mismatch: { seq, logged: entry, replayed } };
    }
  }
  return { model };
}

function step(model: ShardModel, entry: Entry): Entry | undefined {
  switch (entry.k) {
    case 'load':
      return model.load(entry);
    case 'decide':
      return stepDecide(model, entry);
    case 'skip':
      return model.skip(entry.job, entry.why);
    case 'release':
      return model.release(entry, boundOf(entry));
    case 'offer':
      return model.offer(entry, boundOf(entry));
    case 'leave':
      return model.leave(entry);
    case 'close':
      return model.close(entry);
    case 'edit':
      return model.edit(entry);
    case 'product':
      return model.addProduct(entry);
    case 'restock':
      return model.restock(entry, boundOf(entry));
    case 'pay':
      return model.pay({ ...entry, matches: entry.reason !== 'wrong_amount' });
    case 'refund':
      return model.refund(entry, boundOf(entry));
  }
}

/** Where the script stopped at its bound, it is in the entry: the replay does not depend on the bound of today. */
function boundOf({ offers = [], over = [], more }: Offers): number {
  return more ? offers.length + over.length : Number.POSITIVE_INFINITY;
}

/** That a buyer asked to leave is an input which only the outcome C tells. */
function stepDecide(model: ShardModel, entry: DecideEntry): Entry | undefined {
  for (const [index, letter] of [...entry.out].entries()) {
    if (letter === 'C') model.requestCancel(entry.batch.sale, ticketAt(entry, index));
  }
  return model.decide(entry.job, entry.batch);
}
