import type { RedisClient } from './client.ts';
import { THROTTLED } from './keys.ts';

/** Requests refused by limits, by `sale|limit`. */
export async function readThrottled(redis: RedisClient): Promise<ReadonlyMap<string, number>> {
  const counts = Object.entries(await redis.hgetall(THROTTLED));
  return new Map(counts.map(([field, count]) => [field, Number(count)]));
}

/** Adds to these counts. */
export async function addThrottled(
  redis: RedisClient,
  counts: ReadonlyMap<string, number>,
): Promise<void> {
  const writes = [...counts].map(([field, count]) => ['hincrby', THROTTLED, field, String(count)]);
  await redis.multi(writes).exec();
}

/**
 * Moves the counts of a sale to those that belong to none: the sum over all stays.
 *
 * @returns how many the sale had
 */
export async function foldThrottled(
  redis: RedisClient,
  sale: string,
  limits: readonly string[],
): Promise<number> {
  const fields = limits.map((limit) => `${sale}|${limit}`);
  const counts = (await redis.hmget(THROTTLED, ...fields)).map((count) => Number(count ?? 0));
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return 0;
  const fold = redis.multi().hdel(THROTTLED, ...fields);
  for (const [i, limit] of limits.entries()) fold.hincrby(THROTTLED, `|${limit}`, counts[i] ?? 0);
  for (const [error] of (await fold.exec()) ?? []) if (error !== null) throw error;
  return total;
}
