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
