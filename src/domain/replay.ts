import { dequal } from 'dequal/lite';
import {
  type DecideEntry,
  type Entry,
  type EntryKind,
  type EntryOf,
  LOST_JUMP,
  lineNumberAt,
  type Offers,
  type Sequenced,
  ticketAt,
} from './entry.ts';
import { ShardModel } from './model.ts';

/** A log entry that contradicts the rules. */
export interface Mismatch {
  readonly seq: number;
  readonly logged: Entry;
  /** The entry that the rules yield; undefined when they yield none. */
  readonly replayed: Entry | undefined;
}

/**
 * Replays the log of a shard through the pure model (I10).
 *
 * @param entries all entries of the log, in order
 * @returns the model's state after the last entry, and the first entry that differs from it
 */
export function replay(entries: Iterable<Sequenced>): {
  model: ShardModel;
  mismatch?: Mismatch;
} {
  const model = new ShardModel();
  for (const { seq, entry } of entries) {
    const expected = model.seq + 1;
    if ('job' in entry && entry.job > model.decided + LOST_JUMP) model.decided = entry.job - 1;
    const replayed = step(model, entry.k, entry);
    if (seq !== expected || !dequal(replayed, entry)) {
      return { model, mismatch: { seq, logged: entry, replayed } };
    }
  }
  return { model };
}

/**
 * Replays the next entry of one sale: other sales of the shard have the entries and jobs between.
 *
 * @returns how it contradicts the rules, in words; undefined when it does not
 */
export function replayEntry(model: ShardModel, { seq, entry }: Sequenced): string | undefined {
  model.seq = seq - 1;
  if (entry.k === 'decide') model.decided = entry.job - 1;
  let replayed: Entry | undefined;
  try {
    replayed = step(model, entry.k, entry);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  if (dequal(replayed, entry)) return undefined;
  return replayed === undefined ? 'nothing could happen here' : differenceOf(entry, replayed);
}

/** The first difference between what is logged and what the rules yield. */
function differenceOf(logged: Entry, replayed: Entry): string {
  if (logged.k === 'decide' && replayed.k === 'decide' && logged.out !== replayed.out) {
    const at = [...logged.out].findIndex((letter, i) => letter !== replayed.out[i]);
    const line = lineNumberAt(logged.line, logged.out, at);
    return `line number ${line} got ${logged.out[at]}, by the rules ${replayed.out[at]}`;
  }
  const names = Object.keys({ ...logged, ...replayed });
  const name = names.find((one) => !dequal(Reflect.get(logged, one), Reflect.get(replayed, one)));
  const [theirs, ours] = [logged, replayed].map((one) =>
    JSON.stringify(Reflect.get(one, name ?? '')),
  );
  return `${name} is ${theirs}, by the rules ${ours}`;
}

/** What the rules yield for an entry of the log, by its kind. */
const STEPS: {
  readonly [K in EntryKind]: (model: ShardModel, entry: EntryOf<K>) => Entry | undefined;
} = {
  load: (model, entry) => model.load(entry),
  decide: stepDecide,
  skip: (model, { job, why }) => model.skip(job, why),
  release: (model, entry) => model.release(entry, boundOf(entry)),
  offer: (model, entry) => model.offer(entry, boundOf(entry)),
  leave: (model, entry) => model.leave(entry),
  close: (model, entry) => model.close(entry),
  edit: (model, entry) => model.edit(entry),
  product: (model, entry) => model.addProduct(entry),
  restock: (model, entry) => model.restock(entry, boundOf(entry)),
  pay: (model, entry) => model.pay({ ...entry, matches: entry.reason !== 'wrong_amount' }),
  confirm: (model, entry) => model.confirm(entry),
  refund: (model, entry) => model.refund(entry, boundOf(entry)),
  return: (model, entry) => model.returnSome(entry, boundOf(entry)),
  archive: (model, entry) => model.archive(entry),
  restore: (model, entry) => model.restore(entry),
};

function step<K extends EntryKind>(
  model: ShardModel,
  kind: K,
  entry: EntryOf<K>,
): Entry | undefined {
  return STEPS[kind](model, entry);
}

/**
 * An entry shows where the script stopped at its bound: the replay does not depend on the current
 * bound.
 */
function boundOf({ offers = [], over = [], more }: Offers): number {
  return more ? offers.length + over.length : Number.POSITIVE_INFINITY;
}

/** A buyer's request to leave is an input that only the outcome C reveals. */
function stepDecide(model: ShardModel, entry: DecideEntry): Entry | undefined {
  for (const [index, letter] of [...entry.out].entries()) {
    if (letter === 'C') model.requestCancel(entry.batch.sale, ticketAt(entry, index));
  }
  return model.decide(entry.job, entry.batch, entry.out);
}
