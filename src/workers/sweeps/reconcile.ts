import type { Logger } from 'pino';
import type { Db } from '../../db/client.ts';
import { type Drift, reconcile } from '../../line/reconcile.ts';
import type { Shard } from '../../line/shard.ts';
import type { RedisClient } from '../../redis/client.ts';
import { takeTurn } from '../../redis/turns.ts';
import type { Sweep } from './sweep.ts';

/**
 * How often a shard is compared that has changed, and one of those that have not, in ms, regardless
 * of the number of workers.
 */
const TURN_MS = 5_000;

interface ReconcileDeps {
  readonly redis: RedisClient;
  readonly db: Db;
  readonly log: Logger;
  /** Receives the differences that were found. */
  readonly observeDrift?: ((drift: readonly Drift[]) => void) | undefined;
}

/** Periodically compares Redis with Postgres, and repairs differences (I9). */
export function reconcileShards(deps: ReconcileDeps): Sweep {
  /** The last entry without differences, by shard. */
  const same = new Map<number, number>();
  /** When each shard was last compared, by a monotonic clock; the longest ago first. */
  const compared = new Map<number, number>();
  let restedMs = Number.NEGATIVE_INFINITY;

  return {
    name: 'reconcile',
    isDue({ shard, seq }) {
      const nowMs = performance.now();
      if (!compared.has(shard)) compared.set(shard, Number.NEGATIVE_INFINITY);
      const lastMs = compared.get(shard) ?? Number.NEGATIVE_INFINITY;
      const isFirst = compared.keys().next().value === shard;
      if (nowMs - lastMs < TURN_MS) return false;
      if ((same.get(shard) ?? seq) === seq) {
        // Nothing is known to have changed: such shards take turns, so that many are no more work.
        if (!isFirst || nowMs - restedMs < TURN_MS) return false;
        restedMs = nowMs;
      }
      compared.delete(shard);
      compared.set(shard, nowMs);
      return true;
    },
    invalidate: () => same.clear(),
    async run(shard: Shard) {
      if (!(await takeTurn(deps.redis, shard.keys.reconciled, TURN_MS))) return;
      const since = same.get(shard.id) ?? 0;
      const found = await reconcile(deps, shard, { changed: { since } });
      if (found.status === 'same') same.set(shard.id, found.seq);
      if (found.status === 'different') deps.observeDrift?.(found.drift);
    },
  };
}
