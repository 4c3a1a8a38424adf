import { z } from 'zod';
import { isKeepable } from '../domain/buyer.ts';
import type { RedisClient } from '../redis/client.ts';
import type { ShardKeys } from '../redis/keys.ts';
import { listWaiting, readJobData } from '../redis/line-reads.ts';
import type { GroupJob } from '../redis/scripts/decide.ts';

/** Consecutive jobs decided in one call. */
export interface Group {
  readonly firstJob: number;
  readonly jobs: readonly GroupJob[];
}

const buyer = z.string().refine(isKeepable);
const items = z.string().regex(/^\d+x\d+(-\d+x\d+)*$/);
const key = z.string().regex(/^[\w-]+$/);
const keyOrNone = z.string().regex(/^[\w-]*$/);
const origin = z.string().regex(/^[\w-]+(,[\w-]+)?$/);

const batchShape = z.object({
  uid: z.string().regex(/^[\w-]+$/),
  sale: z.string(),
  at: z.number(),
  epoch: z.int(),
  pos: z.int(),
  all: z.int(),
  t: z
    .array(
      z.union([
        z.tuple([buyer, items]),
        z.tuple([buyer, items, key]),
        z.tuple([buyer, items, keyOrNone, origin]),
      ]),
    )
    .min(1),
});

/**
 * The job in hand and the waiting jobs right behind it, in order: the group ends where the next job
 * does not have the next number. Jobs are only read; each stays where it is until its turn, when it
 * is completed.
 *
 * @param raw the batch of job `job`, as it stands in the queue
 * @param count jobs to take besides the one in hand
 */
export async function lookAhead(
  redis: RedisClient,
  keys: ShardKeys,
  job: number,
  raw: string,
  count: number,
): Promise<Group> {
  const jobs = [readJob(raw)];
  if (count > 0) {
    const waiting = await listWaiting(redis, keys, count);
    jobs.push(...(await readWaiting(redis, keys, job + 1, waiting)));
  }
  return { firstJob: job, jobs };
}

/**
 * The waiting jobs right behind job `after`. They need not be the first in the queue: jobs up to
 * `after` may not have been completed yet. Empty when the next number is not waiting.
 *
 * @param count jobs to take, and jobs up to `after` that may still be waiting
 */
export async function lookFurther(
  redis: RedisClient,
  keys: ShardKeys,
  after: number,
  count: number,
): Promise<Group> {
  const waiting = await listWaiting(redis, keys, 2 * count);
  const start = waiting.indexOf(String(after + 1));
  const ids = start === -1 ? [] : waiting.slice(start, start + count);
  return { firstJob: after + 1, jobs: await readWaiting(redis, keys, after + 1, ids) };
}

/** The batches of waiting jobs, as long as they continue the sequence that begins with `from`. */
async function readWaiting(
  redis: RedisClient,
  keys: ShardKeys,
  from: number,
  waiting: readonly string[],
): Promise<GroupJob[]> {
  const gap = waiting.findIndex((id, i) => id !== String(from + i));
  const ids = gap === -1 ? waiting : waiting.slice(0, gap);
  const batches = await readJobData(redis, keys, ids);
  const jobs = [];
  for (const data of batches) {
    if (data === null) break; // a worker took and completed it meanwhile
    jobs.push(readJob(data));
  }
  return jobs;
}

/**
 * Jobs `from` to `to` by number, whichever list they are in. One that does not exist is an explicit
 * skip.
 */
export async function readJobs(
  redis: RedisClient,
  keys: ShardKeys,
  from: number,
  to: number,
): Promise<Group> {
  const numbers = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const batches = await readJobData(redis, keys, numbers);
  return {
    firstJob: from,
    jobs: batches.map((data) => (data === null ? { skip: 'removed' } : readJob(data))),
  };
}

/** A job's batch, checked: decide.lua relies on its form. */
function readJob(raw: string): GroupJob {
  try {
    const result = batchShape.safeParse(JSON.parse(raw));
    return result.success ? { raw, sale: result.data.sale } : { skip: 'malformed' };
  } catch (error) {
    if (error instanceof SyntaxError) return { skip: 'malformed' };
    throw error;
  }
}
