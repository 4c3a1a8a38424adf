import type { ReleaseCause } from '../../domain/entry.ts';
import { OFFERS_MAX } from '../../domain/waitlist.ts';
import { waitlistKeys } from '../keys.ts';
import { change } from '../operation.ts';

interface Release {
  readonly sale: string;
  /** By the identity of the ticket and the journal entry that made the hold (I7). */
  readonly holds: readonly { readonly identity: string; readonly holdSeq: number }[];
  readonly cause: ReleaseCause;
  /** Most tickets to take off the waitlist, for all holds together. */
  readonly offersMax?: number;
}

/** Ends unpaid holds of a sale, see lua/release.lua. */
export const release = change('release', {
  keys: (at, { sale }) => [at.state, at.journal, ...waitlistKeys(at.sale(sale))],
  args: ({ sale, holds, cause, offersMax = OFFERS_MAX }: Release) => [
    ...[sale, cause, offersMax],
    ...holds.flatMap(({ identity, holdSeq }) => [identity, holdSeq]),
  ],
  replies: { STALE_EPOCH: {}, NOT_LOADED: {}, GONE: {}, RELEASED: { seq: Number } },
  earlier: ['GONE'],
  isEntry: (entry, { holds }) =>
    entry.k === 'release' &&
    holds.some(({ identity, holdSeq }) => entry.ticket === identity && entry.hold === holdSeq),
});
