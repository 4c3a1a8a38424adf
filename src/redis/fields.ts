import type { RedisClient } from './client.ts';

/** A key that is a hash, or a sorted set: then its fields are members, and their values scores. */
export interface FieldKey {
  readonly key: string;
  readonly isSorted: boolean;
}

/** The values of some fields, in order; null for a missing one. */
export function readFields(
  redis: RedisClient,
  { key, isSorted }: FieldKey,
  names: readonly string[],
): Promise<(string | null)[]> {
  return isSorted ? redis.zmscore(key, ...names) : redis.hmget(key, ...names);
}

/**
 * The names of all fields, read only when their number is not the expected one.
 *
 * @returns none when there are `expected` fields
 */
export async function readNames(
  redis: RedisClient,
  { key, isSorted }: FieldKey,
  expected: number,
): Promise<string[]> {
  const size = isSorted ? await redis.zcard(key) : await redis.hlen(key);
  if (size === expected) return [];
  return isSorted ? redis.zrange(key, '0', '-1') : redis.hkeys(key);
}
