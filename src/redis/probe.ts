import type { RedisClient } from './client.ts';
import type { ShardKeys } from './keys.ts';

/**
 * Resolves when a new connection is ready.
 *
 * @throws the first error of the connection
 */
export function probeConnection(redis: RedisClient): Promise<void> {
  if (redis.status === 'ready') return Promise.resolve();
  return new Promise((resolve, reject) => {
    redis.once('ready', resolve).once('error', reject);
  });
}

const PROBE_TTL_MS = 60_000;

/**
 * Resolves when the Redis of a shard accepts writes: a replica refuses, and so does a server that
 * is out of memory.
 *
 * @throws the error of Redis or of the connection
 */
export async function probeShard(redis: RedisClient, keys: ShardKeys): Promise<void> {
  await redis.set(keys.probe, '', 'PX', PROBE_TTL_MS);
}
