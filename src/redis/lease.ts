import type { RedisClient } from './client.ts';

/**
 * Takes or renews a lease, so that one process does what any could do. It only saves work: what is
 * done under it must be right when two processes hold it at once.
 *
 * @param key marks the lease as taken
 * @param holder this process's name, unique
 * @param ttlMs how long the lease outlives its last renewal, in ms
 * @returns who has it now
 */
export async function holdLease(
  redis: RedisClient,
  key: string,
  holder: string,
  ttlMs: number,
): Promise<string> {
  const before = await redis.set(key, holder, 'PX', ttlMs, 'NX', 'GET');
  if (before === holder) await redis.pexpire(key, ttlMs);
  return before ?? holder;
}

/** Gives a lease back, if it is still this process's. */
export async function endLease(redis: RedisClient, key: string, holder: string): Promise<void> {
  if ((await redis.get(key)) === holder) await redis.del(key);
}
