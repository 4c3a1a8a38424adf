import type { ReleaseCause } from '../../domain/entry.ts';
import { OFFERS_MAX } from '../../domain/waitlist.ts';
import { waitlistKeys } from '../keys.ts';
import { change } from '../operation.ts';

interface Release {
  readonly sale: string;
  /** Of the ticket that holds. */
  readonly identity: string;
  /** The journal entry that made the hold (I7). */
  readonly holdSeq: number;
  readonly cause: ReleaseCause;
  /** Most tickets to take off the waitlist. */
  readonly offersMax?: number;
}

/** Ends an unpaid hold, see lua/release.lua. */
export const release = change('release', {
  keys: (at, { sale }) => [at.state, at.journal, ...waitlistKeys(at.sale(sale))],
  args: ({ sale, identity, holdSeq, cause, offersMax = OFFERS_MAX }: Release) => [
    ...[sale, identity, holdSeq],
    ...[cause, offersMax],
  ],
  replies: { STALE_EPOCH: {}, NOT_LOADED: {}, GONE: {}, RELEASED: { seq: Number } },
  earlier: ['GONE'],
  isEntry: (entry, { identity, holdSeq }) =>
    entry.k === 'release' && entry.ticket === identity && entry.hold === holdSeq,
});
