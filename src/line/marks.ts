import type { RedisClient } from '../redis/client.ts';
import type { ShardKeys } from '../redis/keys.ts';
import { readEpoch, readLastSeq, readPublished, readQueued } from '../redis/line-reads.ts';

/** Markers that distinguish a shard's current state in Redis from an older copy. */
export interface ShardMarks {
  /** Undefined when Redis has none. */
  readonly epoch: number | undefined;
  /** The last journal entry; -1 when the shard's state is missing. */
  readonly seq: number;
  /** The last entry and the last job that are public. */
  readonly published: number;
  readonly passed: number;
  /** The last job that was queued. */
  readonly queued: number;
}

/** Reads the marks, each after the marks that it cannot be behind. */
export async function readShardMarks(redis: RedisClient, keys: ShardKeys): Promise<ShardMarks> {
  const epoch = await readEpoch(redis, keys);
  const { seq: published, job: passed } = await readPublished(redis, keys);
  const seq = (await readLastSeq(redis, keys.at(epoch ?? 0))) ?? -1;
  const queued = await readQueued(redis, keys);
  return { epoch, seq, published, passed, queued };
}

/**
 * Whether Redis lost something: its journal ends before the log does, or the queue has forgotten
 * its numbers.
 */
export function isBehind(marks: ShardMarks, logSeq: number): boolean {
  return marks.seq < logSeq || marks.queued < marks.passed;
}
