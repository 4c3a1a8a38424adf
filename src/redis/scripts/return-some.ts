import { OFFERS_MAX } from '../../domain/waitlist.ts';
import { waitlistKeys } from '../keys.ts';
import { change } from '../operation.ts';

interface ReturnSome {
  readonly sale: string;
  /** Of the ticket that was paid. */
  readonly identity: string;
  /** The id of the refund. */
  readonly refund: string;
  /** The units, as `0x1-2x3`. */
  readonly items: string;
  /** Puts the units back on sale. */
  readonly restock: boolean;
  /** Most tickets to take off the waitlist. */
  readonly offersMax?: number;
}

/** Takes some units of a paid ticket back, see lua/return-some.lua. */
export const returnSome = change('return-some', {
  keys(at, { sale }) {
    const keys = at.sale(sale);
    return [at.state, at.journal, ...waitlistKeys(keys), keys.paid, keys.returns];
  },
  args: ({ sale, identity, refund, items, restock, offersMax = OFFERS_MAX }: ReturnSome) => [
    ...[sale, identity, refund],
    ...[items, restock ? 1 : 0, offersMax],
  ],
  replies: {
    STALE_EPOCH: {},
    NOT_LOADED: {},
    REPEATED: { seq: Number },
    GONE: {},
    TOO_FEW: {},
    RETURNED: { seq: Number },
  },
  earlier: ['REPEATED', 'GONE', 'TOO_FEW'],
  isEntry: (entry, { refund }) => entry.k === 'return' && entry.refund === refund,
});
