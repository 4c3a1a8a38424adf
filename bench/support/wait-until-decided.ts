import { setTimeout } from 'node:timers/promises';
import type { RedisClient } from '../../src/redis/client.ts';
import type { ShardKeys } from '../../src/redis/keys.ts';
import { readPublished, readQueued } from '../../src/redis/line-reads.ts';

const LOOK_MS = 20;

/** Waits until every queued batch of a shard is decided, recorded and public. */
export async function waitUntilDecided(redis: RedisClient, keys: ShardKeys): Promise<void> {
  for (;;) {
    const queued = await readQueued(redis, keys);
    const { job } = await readPublished(redis, keys);
    if (job >= queued) return;
    await setTimeout(LOOK_MS);
  }
}
