import type { RedisClient } from './client.ts';
import type { ShardKeys } from './keys.ts';

/** The last checkpoint of a sale's log, as Redis remembers it. */
export interface RememberedLog {
  readonly number: number;
  readonly size: number;
  /** In Base64. */
  readonly root: string;
}

/**
 * What was published of a sale's log, for the case that Postgres is restored to an older state:
 * undefined where Redis does not know.
 */
export async function readRemembered(
  redis: RedisClient,
  keys: ShardKeys,
  sale: string,
): Promise<RememberedLog | undefined> {
  const text = await redis.hget(keys.published, sale);
  const [number, size, root] = text?.split(' ') ?? [];
  if (root === undefined) return undefined;
  return { number: Number(number), size: Number(size), root };
}

/** Remembers a checkpoint that is about to become public. */
export async function remember(
  redis: RedisClient,
  keys: ShardKeys,
  sale: string,
  { number, size, root }: RememberedLog,
): Promise<void> {
  await redis.hset(keys.published, sale, `${number} ${size} ${root}`);
}
