import type { RedisClient } from './client.ts';
import type { FieldReads } from './field-reads.ts';
import type { EpochKeys, ShardKeys } from './keys.ts';

/** Single reads of a shard's line; only scripts change it, see src/redis/scripts. */

/** The shard's epoch, undefined when Redis has none. */
export async function readEpoch(redis: RedisClient, keys: ShardKeys): Promise<number | undefined> {
  const text = await redis.get(keys.epoch);
  return text === null ? undefined : Number(text);
}

/** The last journal entry of an epoch; undefined when its state is missing. */
export async function readLastSeq(redis: RedisClient, at: EpochKeys): Promise<number | undefined> {
  const text = await redis.hget(at.state, 'seq');
  return text === null ? undefined : Number(text);
}

/** The last decided job of an epoch, 0 when there is none. */
export async function readDecided(redis: RedisClient, at: EpochKeys): Promise<number> {
  return Number((await redis.hget(at.state, 'decided')) ?? 0);
}

/** The last journal entry and the last job that are public. */
export async function readPublished(
  redis: RedisClient,
  keys: ShardKeys,
): Promise<{ seq: number; job: number }> {
  const [seq, job] = await redis.hmget(keys.progress, 'seq', 'job');
  return { seq: Number(seq ?? 0), job: Number(job ?? 0) };
}

/** All that is public of a shard, with the highest position passed by sale. */
export async function readProgress(
  redis: RedisClient,
  keys: ShardKeys,
): Promise<{ seq: number; job: number; passed: Record<string, number> }> {
  const fields = await redis.hgetall(keys.progress);
  const passed: Record<string, number> = {};
  for (const [field, value] of Object.entries(fields)) {
    if (field.startsWith('p:') && field !== 'p:*') passed[field.slice(2)] = Number(value);
  }
  return { seq: Number(fields['seq'] ?? 0), job: Number(fields['job'] ?? 0), passed };
}

/** The highest position passed in the line of a shard. */
export async function readPassedAll(redis: RedisClient, keys: ShardKeys): Promise<number> {
  return Number((await redis.hget(keys.progress, 'p:*')) ?? 0);
}

/** The last position given out in the line of a sale; `*`: of the shard. */
export async function readAccepted(
  redis: RedisClient,
  keys: ShardKeys,
  sale: string,
): Promise<number> {
  return Number((await redis.hget(keys.accepted, sale)) ?? 0);
}

/** The last queued job, 0 when the queue has forgotten its numbers. */
export async function readQueued(redis: RedisClient, keys: ShardKeys): Promise<number> {
  return Number((await redis.get(keys.queue('id'))) ?? 0);
}

/** Whether a batch waits in the queue or is being decided. */
export async function isLineBusy(redis: RedisClient, keys: ShardKeys): Promise<boolean> {
  return (await redis.exists(keys.queue('wait'), keys.queue('active'))) > 0;
}

/** How many jobs of a queue are waiting, and how many active, by the keys of its lists. */
export async function countJobs(
  redis: RedisClient,
  { wait, active }: { readonly wait: string; readonly active: string },
): Promise<{ waiting: number; active: number }> {
  const [waiting, inHand] = await Promise.all([redis.llen(wait), redis.llen(active)]);
  return { waiting, active: inHand };
}

/** The next `count` waiting jobs, in line order. */
export async function listWaiting(
  redis: RedisClient,
  keys: ShardKeys,
  count: number,
): Promise<string[]> {
  return (await redis.lrange(keys.queue('wait'), -count, -1)).reverse();
}

/** The data of jobs as stored in the queue, in order; null for a missing one. */
export function readJobData(
  redis: RedisClient,
  keys: ShardKeys,
  jobs: readonly (string | number)[],
): Promise<(string | null)[]> {
  return Promise.all(jobs.map((job) => redis.hget(keys.queue(String(job)), 'data')));
}

/** The outcome record of a batch, see parseOutcome(); null when Redis has none. */
export function readOutcome(
  fields: FieldReads,
  at: EpochKeys,
  batch: { readonly sale: string; readonly uid: string },
): Promise<string | null> {
  return fields.read(at.sale(batch.sale).outcomes, batch.uid);
}

/** The first ticket of an attempt, as a ref; null when Redis has none. */
export function readAttempt(
  fields: FieldReads,
  at: EpochKeys,
  attempt: { readonly sale: string; readonly key: string },
): Promise<string | null> {
  return fields.read(at.sale(attempt.sale).attempts, attempt.key);
}

/** Whether a sale is loaded in an epoch. */
export async function isLoaded(redis: RedisClient, at: EpochKeys, sale: string): Promise<boolean> {
  return (await redis.exists(at.sale(sale).sale)) > 0;
}

/** Whether a sale is loaded in an epoch with its attempts and outcomes. */
export async function hasTickets(
  fields: FieldReads,
  at: EpochKeys,
  sale: string,
): Promise<boolean> {
  return (await fields.read(at.sale(sale).sale, 'missing')) === '';
}

/** Redis's clock, in ms since the epoch. */
export async function readClockMs(redis: RedisClient): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1000 + Number(micros) / 1000;
}
