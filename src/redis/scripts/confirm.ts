import { waitlistKeys } from '../keys.ts';
import { change } from '../operation.ts';

interface Confirm {
  readonly sale: string;
  /** Of the ticket that holds. */
  readonly identity: string;
  /** The journal entry that made the hold (I7). */
  readonly holdSeq: number;
}

/** Sells the hold of an order that costs nothing, see lua/confirm.lua. */
export const confirm = change('confirm', {
  keys(at, { sale }) {
    const keys = at.sale(sale);
    return [at.state, at.journal, ...waitlistKeys(keys), keys.paid];
  },
  args: ({ sale, identity, holdSeq }: Confirm) => [sale, identity, holdSeq],
  replies: { STALE_EPOCH: {}, NOT_LOADED: {}, GONE: {}, CONFIRMED: { seq: Number } },
  earlier: ['GONE'],
  isEntry: (entry, { identity, holdSeq }) =>
    entry.k === 'confirm' && entry.ticket === identity && entry.hold === holdSeq,
});
