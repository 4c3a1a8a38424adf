import { Cluster } from 'ioredis';
import type { RedisClient } from './client.ts';
import type { ShardKeys } from './keys.ts';
import { readLastSeq } from './line-reads.ts';

/** What shows at a glance whether something happened in the line of a shard. */
export interface LineGlance {
  /** Undefined when Redis has none. */
  readonly epoch: number | undefined;
  /** The last job that was queued. */
  readonly queued: number;
}

/** What shows at a glance whether something happened in a shard. */
export interface ShardGlance extends LineGlance {
  /** Whether entries wait in the journal to be recorded. */
  readonly hasJournal: boolean;
}

/**
 * Which shards one command can read together: all on a single server; on a cluster each by itself,
 * also because an unavailable node must not hold up the shards of the others.
 */
export function groupShards<T>(redis: RedisClient, shards: readonly T[]): (readonly T[])[] {
  return redis instanceof Cluster ? shards.map((shard) => [shard]) : [shards];
}

/** Glances at the lines of shards of one group, with one command for all of them. */
export async function glanceAtLines(
  redis: RedisClient,
  shards: readonly ShardKeys[],
): Promise<LineGlance[]> {
  if (shards.length === 0) return [];
  const values = await redis.mget(shards.flatMap((keys) => [keys.epoch, keys.queue('id')]));
  return shards.map((_, i) => {
    const epoch = values[2 * i] ?? undefined;
    return {
      epoch: epoch === undefined ? undefined : Number(epoch),
      queued: Number(values[2 * i + 1] ?? 0),
    };
  });
}

/** Glances at shards of one group, with two commands for all of them. */
export async function glance(
  redis: RedisClient,
  shards: readonly { readonly keys: ShardKeys; readonly epoch: number }[],
): Promise<ShardGlance[]> {
  const journals = shards.map(({ keys, epoch }) => keys.at(epoch).journal);
  const [lines, heads] = await Promise.all([
    glanceAtLines(
      redis,
      shards.map(({ keys }) => keys),
    ),
    redis.xread('COUNT', 1, 'STREAMS', ...journals, ...journals.map(() => '0')),
  ]);
  const waiting = new Set(heads?.map(([key]) => key));
  return lines.map((line, i) => ({ ...line, hasJournal: waiting.has(journals[i] ?? '') }));
}

/**
 * The last journal entry of a shard (undefined when its state is missing), and when its next
 * deadline is, in ms by Postgres's clock (infinite when nothing is held).
 */
export async function readNextDeadline(
  redis: RedisClient,
  keys: ShardKeys,
  epoch: number,
): Promise<{ seq: number | undefined; deadlineMs: number }> {
  const at = keys.at(epoch);
  const [seq, [, deadline]] = await Promise.all([
    readLastSeq(redis, at),
    redis.zrange(at.deadlines, '0', '0', 'WITHSCORES'),
  ]);
  return { seq, deadlineMs: deadline === undefined ? Number.POSITIVE_INFINITY : Number(deadline) };
}
