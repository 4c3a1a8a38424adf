import type { Shard } from '../../line/shard.ts';
import type { RedisClient } from '../../redis/client.ts';
import { readFirstUnpublished } from '../../redis/journal.ts';
import type { Sweep } from './sweep.ts';

/** A journal whose head has waited this long was left behind by the process that ran its script. */
const LEFT_BEHIND_MS = 1_000;

interface DrainDeps {
  readonly redis: RedisClient;
  /** The process's clock, in ms since the epoch. */
  readonly nowMs: () => number;
}

/** Records journals that were left behind: their process died or lost its connection (I4). */
export function drainLeftJournals({ redis, nowMs }: DrainDeps): Sweep {
  const heads = new Map<number, { seq: number; sinceMs: number }>();
  return {
    name: 'drain',
    isDue: (look) => look.hasJournal,
    async run(shard: Shard) {
      const head = await readFirstUnpublished(redis, shard.keys, await shard.epoch());
      if (head === undefined) {
        heads.delete(shard.id);
        return;
      }
      const known = heads.get(shard.id);
      if (known?.seq !== head.seq) heads.set(shard.id, { seq: head.seq, sinceMs: nowMs() });
      else if (nowMs() - known.sinceMs >= LEFT_BEHIND_MS) await shard.drain();
    },
  };
}
