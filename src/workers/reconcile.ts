import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';
import { type Drift, reconcile } from '../line/reconcile.ts';
import type { Shard } from '../line/shard.ts';
import type { RedisClient } from '../redis/client.ts';

/** A shard is looked at this often, however many workers there are. */
const EVERY_MS = 5_000;

/** Compares each shard with Postgres from time to time, and repairs what differs. */
export class Reconciler {
  readonly #deps: ReconcilerDeps;
  /** The last entry at which all was well, by shard. */
  readonly #same = new Map<number, number>();

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
  }

  /** Looks at a shard when it is its time. */
  async look(shard: Shard): Promise<void> {
    const isOurs = await this.#deps.redis.set(shard.keys.reconciled, 1, 'PX', EVERY_MS, 'NX');
    if (isOurs === null) return; // another worker has looked
    const since = this.#same.get(shard.id) ?? 0;
    const found = await reconcile(this.#deps, shard, { changed: { since } });
    if (found.status === 'same') this.#same.set(shard.id, found.seq);
    if (found.status === 'different') this.#deps.observe?.(found.drift);
  }
}

export interface ReconcilerDeps {
  readonly redis: RedisClient;
  readonly db: Db;
  readonly log: Logger;
  readonly observe?: ((drift: readonly Drift[]) => void) | undefined;
}
