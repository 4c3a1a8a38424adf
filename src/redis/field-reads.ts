import DataLoader from 'dataloader';
import type { RedisClient } from './client.ts';

interface Field {
  readonly key: string;
  readonly name: string;
}

/** Fields of one command at most: Redis does nothing else meanwhile. */
const FIELDS_MAX = 500;

/**
 * Reads of single fields of hashes. Those that are asked for in one turn of the event loop share
 * one command per hash, which begins after the last of them was asked for: none sees an older state
 * than alone.
 */
export class FieldReads {
  readonly #loader: DataLoader<Field, string | null>;

  constructor(redis: RedisClient) {
    this.#loader = new DataLoader((fields) => readFields(redis, fields), {
      cache: false,
      maxBatchSize: FIELDS_MAX,
      batchScheduleFn: setImmediate,
    });
  }

  /** The value of a field; null when Redis has none. */
  read(key: string, name: string): Promise<string | null> {
    return this.#loader.load({ key, name });
  }
}

async function readFields(redis: RedisClient, fields: readonly Field[]) {
  const byKey = Map.groupBy(fields, ({ key }) => key);
  const read = await Promise.all(
    [...byKey].map(async ([key, some]) => {
      const values = await redis.hmget(key, ...some.map(({ name }) => name));
      return some.map((field, i) => [field, values[i] ?? null] as const);
    }),
  );
  const values = new Map(read.flat());
  return fields.map((field) => values.get(field) ?? null);
}
