import { LOST_JUMP } from '../../domain/entry.ts';
import { operation } from '../operation.ts';

interface Flip {
  /** The last entry and the last job of the log. */
  readonly seq: number;
  readonly job: number;
  /** Redis lost data: its journal ended before the log did, or there is other proof. */
  readonly lost: boolean;
  /** Writes of the rebuild, each counted when it was made. */
  readonly pieces: number;
  /** Highest position passed, by sale, and for the shard under `*`. */
  readonly passed: Readonly<Record<string, number>>;
}

/** Makes a rebuilt epoch the shard's, see lua/flip.lua. */
export const flip = operation('flip', {
  keys: (at, _, shard) => [shard.progress, shard.accepted, at.state, shard.queue('id')],
  args: ({ seq, job, lost, pieces, passed }: Flip) => [
    ...[seq, job, lost ? 1 : 0, LOST_JUMP, pieces],
    ...Object.entries(passed).flat(),
  ],
  replies: { BEHIND: {}, INCOMPLETE: {}, FLIPPED: { decided: Number } },
});
