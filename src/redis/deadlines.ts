import type { Deadline } from '../domain/deadline.ts';
import type { RedisClient } from './client.ts';
import type { EpochKeys } from './keys.ts';
import { formatDeadline, parseDeadline } from './records.ts';

/** A hold that has a deadline. */
export type Held = Omit<Deadline, 'atMs'>;

/** Up to `limit` holds whose deadline is at or before `untilMs`, the longest overdue first. */
export async function listDeadlines(
  redis: RedisClient,
  at: EpochKeys,
  untilMs: number,
  limit: number,
): Promise<Held[]> {
  const members = await redis.zrangebyscore(at.deadlines, '-inf', untilMs, 'LIMIT', 0, limit);
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
