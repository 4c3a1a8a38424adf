import { MAX_STOCK } from '../../domain/sale.ts';
import { OFFERS_MAX } from '../../domain/waitlist.ts';
import { waitlistKeys } from '../keys.ts';
import { change } from '../operation.ts';

interface Restock {
  readonly sale: string;
  /** Of the product in its sale. */
  readonly index: number;
  /** Units to add; below 0, to take away. */
  readonly delta: number;
  /** Keyed hash of the Idempotency-Key. */
  readonly key: string;
  /** Most tickets to take off the waitlist. */
  readonly offersMax?: number;
}

/** Adds units to a product or takes available ones away, see lua/restock.lua. */
export const restock = change('restock', {
  keys(at, { sale }) {
    const keys = at.sale(sale);
    return [at.state, at.journal, ...waitlistKeys(keys), keys.restocks];
  },
  args: ({ sale, index, delta, key, offersMax = OFFERS_MAX }: Restock) => [
    ...[sale, index, delta, key],
    ...[MAX_STOCK, offersMax],
  ],
  replies: {
    STALE_EPOCH: {},
    NOT_LOADED: {},
    REPEATED: { seq: Number },
    KEY_REUSED: {},
    TOO_FEW: { units: Number },
    TOO_MANY: { units: Number },
    RESTOCKED: { seq: Number },
  },
  earlier: ['REPEATED'],
  isEntry: (entry, { key }) => entry.k === 'restock' && entry.key === key,
});
