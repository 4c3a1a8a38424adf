import type { Restored } from '../../domain/entry.ts';
import { operation } from '../operation.ts';

interface Restore {
  readonly sale: string;
  readonly what: Restored;
  /** The last log entry that the snapshot has. */
  readonly seq: number;
  /** The highest position passed in the sale's line. */
  readonly passed: number;
  /** Each key with the one that was written for it, and how many fields that has. */
  readonly staged: readonly {
    readonly key: string;
    readonly from: string;
    readonly size: number;
  }[];
}

/** Gives what was written of an archived sale its names, see lua/restore.lua. */
export const restore = operation('restore', {
  keys: (at, { sale, staged }, shard) => [
    ...[at.state, at.journal, shard.accepted, shard.progress, at.sale(sale).sale],
    ...staged.flatMap(({ key, from }) => [key, from]),
  ],
  args: ({ sale, what, seq, passed, staged }: Restore) => [
    ...[sale, what, seq, passed],
    ...staged.map(({ size }) => size),
  ],
  replies: { STALE_EPOCH: {}, PRESENT: {}, OLD: {}, INCOMPLETE: {}, RESTORED: { seq: Number } },
});
