import type { RedisClient } from '../../src/redis/client.ts';

/** Copies all that a Redis server has. What comes back puts the server into that state again, as a backup does. */
export async function copyOf(redis: RedisClient): Promise<() => Promise<void>> {
  const copy = await Promise.all(
    (await redis.keys('*')).map(async (key) => [key, await redis.dumpBuffer(key)] as const),
  );
  return async () => {
    await redis.flushall();
    for (const [key, value] of copy) await redis.restore(key, 0, value ?? '');
  };
}
