import type { RedisClient } from './client.ts';

/**
 * Takes the turn at work that one process does per `turnMs`, however many there are.
 *
 * @param key marks the turn as taken
 * @returns false where another process has taken it
 */
export async function takeTurn(redis: RedisClient, key: string, turnMs: number): Promise<boolean> {
  return (await redis.set(key, 1, 'PX', turnMs, 'NX')) !== null;
}
