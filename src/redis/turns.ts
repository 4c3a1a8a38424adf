import type { RedisClient } from './client.ts';

/**
 * Claims work that only one process does per `turnMs`, however many processes run.
 *
 * @param key marks the work as claimed
 * @returns false when another process has claimed it
 */
export async function takeTurn(redis: RedisClient, key: string, turnMs: number): Promise<boolean> {
  return (await redis.set(key, 1, 'PX', turnMs, 'NX')) !== null;
}
