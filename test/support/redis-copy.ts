import type { RedisClient } from '../../src/redis/client.ts';

/**
 * Copies the whole state of a Redis server. The returned function restores it, as a backup would.
 */
export async function copyOf(redis: RedisClient): Promise<() => Promise<void>> {
  const copy = await Promise.all(
    (await redis.keys('*')).map(async (key) => [key, await redis.dumpBuffer(key)] as const),
  );
  return async () => {
    await redis.flushall();
    for (const [key, value] of copy) await redis.restore(key, 0, value ?? '');
  };
}
