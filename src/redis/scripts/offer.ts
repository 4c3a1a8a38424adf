import { OFFERS_MAX } from '../../domain/waitlist.ts';
import { waitlistKeys } from '../keys.ts';
import { change } from '../operation.ts';

interface Offer {
  readonly sale: string;
  /** Most tickets to take off the waitlist. */
  readonly offersMax?: number;
}

/** Continues offering to the waitlist of a sale where another script stopped, see lua/offer.lua. */
export const offer = change('offer', {
  keys: (at, { sale }) => [at.state, at.journal, ...waitlistKeys(at.sale(sale))],
  args: ({ sale, offersMax = OFFERS_MAX }: Offer) => [sale, offersMax],
  replies: { STALE_EPOCH: {}, NOT_LOADED: {}, IDLE: {}, OFFERED: { seq: Number } },
  earlier: [],
  isEntry: (entry, { sale }) => entry.k === 'offer' && entry.sale === sale,
});
