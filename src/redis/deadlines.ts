import type { Deadline } from '../domain/deadline.ts';
import type { RedisClient } from './client.ts';
import type { EpochKeys } from './keys.ts';
import { formatDeadline, parseDeadline } from './records.ts';

/** A hold that has a deadline. */
type Held = Omit<Deadline, 'atMs'>;

/** Up to `limit` holds that have a deadline, the first deadline first. */
export async function listDeadlines(
  redis: RedisClient,
  at: EpochKeys,
  limit: number,
): Promise<Held[]> {
  const members = await redis.zrange(at.deadlines, '0', String(limit - 1));
  return members.map(parseDeadline);
}

/** Removes the deadlines of holds. */
export async function removeDeadlines(
  redis: RedisClient,
  at: EpochKeys,
  holds: readonly Held[],
): Promise<void> {
  if (holds.length > 0) await redis.zrem(at.deadlines, ...holds.map(formatDeadline));
}
