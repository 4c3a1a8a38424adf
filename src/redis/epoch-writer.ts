import type { RedisClient } from './client.ts';
import type { FieldKey } from './fields.ts';
import type { EpochKeys, ShardKeys } from './keys.ts';

/** Fields or keys per command. */
const WRITE_MAX = 1_000;

/** Starts writing an epoch, see {@link writeFields}. */
export async function beginEpoch(redis: RedisClient, at: EpochKeys): Promise<void> {
  await redis.hset(at.state, 'building', 0);
}

/**
 * Writes fields of a key of an epoch. Each write is counted in the epoch's state atomically:
 * flip.lua checks that none was lost.
 *
 * @param onWrite called after each write
 * @returns how many writes it took
 */
export async function writeFields(
  redis: RedisClient,
  at: EpochKeys,
  { key, isSorted }: FieldKey,
  values: ReadonlyMap<string, string>,
  onWrite: () => Promise<void>,
): Promise<number> {
  const entries = [...values];
  let writes = 0;
  for (let i = 0; i < entries.length; i += WRITE_MAX) {
    const some = entries.slice(i, i + WRITE_MAX);
    const write = redis.multi();
    if (isSorted) write.zadd(key, ...some.flatMap(([member, score]) => [score, member]));
    else write.hset(key, ...some.flat());
    const replies = await write.hincrby(at.state, 'building', 1).exec();
    for (const [error] of replies ?? []) if (error !== null) throw error;
    await onWrite();
    writes++;
  }
  return writes;
}

/** Removes every key of a past epoch. */
export async function dropEpoch(
  redis: RedisClient,
  at: EpochKeys,
  sales: readonly string[],
): Promise<void> {
  const old = at.all(sales);
  for (let i = 0; i < old.length; i += WRITE_MAX)
    await redis.unlink(...old.slice(i, i + WRITE_MAX));
}

/** Removes the positions of sales from what a shard knows in every epoch. */
export async function forgetPositions(
  redis: RedisClient,
  keys: ShardKeys,
  sales: readonly string[],
): Promise<void> {
  if (sales.length === 0) return;
  await redis.hdel(keys.accepted, ...sales);
  await redis.hdel(keys.progress, ...sales.map((id) => `p:${id}`));
}

/** A staged key whose process died is gone after this long. */
const STAGED_MS = 600_000;

/** Writes fields of a hash under a name that it keeps only until lua/restore.lua renames it. */
export async function stageFields(
  redis: RedisClient,
  key: string,
  values: ReadonlyMap<string, string>,
  onWrite: () => Promise<void>,
): Promise<void> {
  const entries = [...values];
  for (let i = 0; i < entries.length; i += WRITE_MAX) {
    const write = redis.multi().hset(key, ...entries.slice(i, i + WRITE_MAX).flat());
    const replies = await write.pexpire(key, STAGED_MS).exec();
    for (const [error] of replies ?? []) if (error !== null) throw error;
    await onWrite();
  }
}
