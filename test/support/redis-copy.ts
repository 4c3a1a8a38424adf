import type { RedisClient } from '../../src/redis/client.ts';

/** All keys as `key, ms to live, dump`, of one moment: no key expires while a script runs. */
const DUMP = `
local copy = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  copy[#copy + 1] = { key, tostring(redis.call('PTTL', key)), redis.call('DUMP', key) }
end
return copy`;

/**
 * Copies the whole state of a Redis server. The returned function restores it, as a backup would:
 * all at once.
 */
export async function copyOf(redis: RedisClient): Promise<() => Promise<void>> {
  // The reply of our own script.
  const copy = (await redis.callBuffer('EVAL', DUMP, 0)) as [Buffer, Buffer, Buffer][];
  return async () => {
    const restore = redis.multi().flushall();
    for (const [key, ttl, dump] of copy) restore.restore(key, Math.max(0, Number(ttl)), dump);
    for (const [error] of (await restore.exec()) ?? []) if (error !== null) throw error;
  };
}
