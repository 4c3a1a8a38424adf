import type { Logger } from 'pino';
import type { Db } from '../../db/client.ts';
import { type Drift, reconcile } from '../../line/reconcile.ts';
import type { Shard } from '../../line/shard.ts';
import type { RedisClient } from '../../redis/client.ts';
import { takeTurn } from '../../redis/turns.ts';
import type { Sweep } from './sweep.ts';

/** How often a shard is compared, regardless of the number of workers. */
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
  return {
    name: 'reconcile',
    everyMs: 1_000,
    async run(shard: Shard) {
      if (!(await takeTurn(deps.redis, shard.keys.reconciled, TURN_MS))) return;
      const since = same.get(shard.id) ?? 0;
      const found = await reconcile(deps, shard, { changed: { since } });
      if (found.status === 'same') same.set(shard.id, found.seq);
      if (found.status === 'different') deps.observeDrift?.(found.drift);
    },
  };
}
