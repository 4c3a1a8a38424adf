import DataLoader from 'dataloader';
import { LRUCache } from 'lru-cache';
import type { RedisClient } from './client.ts';

/** Fields of one command at most: Redis does nothing else meanwhile. */
const FIELDS_MAX = 500;

/** Hashes that are read from at the same time. */
const HASHES_MAX = 1_000;

/**
 * Reads of single fields of hashes. Those of a hash that are asked for in one turn of the event
 * loop share a command, which begins after the last of them was asked for: none sees an older state
 * than alone. Hashes are read apart: a node that is away does not hold up those of another.
 */
export class FieldReads {
  readonly #hashes: LRUCache<string, DataLoader<string, string | null>>;

  constructor(redis: RedisClient) {
    this.#hashes = new LRUCache({
      max: HASHES_MAX,
      memoMethod: (key) =>
        new DataLoader((names) => redis.hmget(key, ...names), {
          cache: false,
          maxBatchSize: FIELDS_MAX,
          batchScheduleFn: setImmediate,
        }),
    });
  }

  /** The value of a field; null when Redis has none. */
  read(key: string, name: string): Promise<string | null> {
    return this.#hashes.memo(key).load(name);
  }
}
