import { OFFERS_MAX } from '../../domain/waitlist.ts';
import { waitlistKeys } from '../keys.ts';
import { change } from '../operation.ts';

interface ReturnUnits {
  readonly sale: string;
  /** Of the ticket that was paid. */
  readonly identity: string;
  /** Puts the units back on sale. */
  readonly restock: boolean;
  /** Most tickets to take off the waitlist. */
  readonly offersMax?: number;
}

/** Takes the units of a paid ticket back, see lua/return-units.lua. */
export const returnUnits = change('return-units', {
  keys(at, { sale }) {
    const keys = at.sale(sale);
    return [at.state, at.journal, ...waitlistKeys(keys), keys.paid];
  },
  args: ({ sale, identity, restock, offersMax = OFFERS_MAX }: ReturnUnits) => [
    ...[sale, identity, restock ? 1 : 0],
    offersMax,
  ],
  replies: { STALE_EPOCH: {}, NOT_LOADED: {}, GONE: {}, RETURNED: { seq: Number } },
  earlier: ['GONE'],
  // The kind keeps its first name: the log is permanent.
  isEntry: (entry, { identity }) => entry.k === 'refund' && entry.ticket === identity,
});
