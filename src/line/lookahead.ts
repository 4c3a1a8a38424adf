import { z } from 'zod';
import { isKeepable } from '../domain/buyer.ts';
import { NewerFormat } from '../domain/newer-format.ts';
import type { RedisClient } from '../redis/client.ts';
import { listWaiting, readJobData } from '../redis/line-reads.ts';
import type { GroupJob } from '../redis/scripts/decide.ts';
import type { Shard } from './shard.ts';

/** The shard whose jobs are read, and the newest format that this process knows. */
type Line = Pick<Shard, 'keys' | 'format'>;

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

const versionShape = z.object({ v: z.int() });

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
 * does not have the next number, or is of a newer format. Jobs are only read; each stays where it
 * is until its turn, when it is completed.
 *
 * @param raw the batch of job `job`, as it stands in the queue
 * @param count jobs to take besides the one in hand
 * @throws NewerFormat when the job in hand is of a newer format
 */
export async function lookAhead(
  redis: RedisClient,
  line: Line,
  job: number,
  raw: string,
  count: number,
): Promise<Group> {
  const jobs = knownJobs([raw], job, line.format);
  if (count > 0) {
    const waiting = await listWaiting(redis, line.keys, count);
    jobs.push(...(await readWaiting(redis, line, job + 1, waiting)));
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
  line: Line,
  after: number,
  count: number,
): Promise<Group> {
  const waiting = await listWaiting(redis, line.keys, 2 * count);
  const start = waiting.indexOf(String(after + 1));
  const ids = start === -1 ? [] : waiting.slice(start, start + count);
  return { firstJob: after + 1, jobs: await readWaiting(redis, line, after + 1, ids) };
}

/** The batches of waiting jobs, as long as they continue the sequence that begins with `from`. */
async function readWaiting(
  redis: RedisClient,
  { keys, format }: Line,
  from: number,
  waiting: readonly string[],
): Promise<GroupJob[]> {
  const gap = waiting.findIndex((id, i) => id !== String(from + i));
  const ids = gap === -1 ? waiting : waiting.slice(0, gap);
  const batches = await readJobData(redis, keys, ids);
  const jobs = [];
  for (const data of batches) {
    if (data === null) break; // a worker took and completed it meanwhile
    const job = readJob(data, format);
    if (job === 'newer') break;
    jobs.push(job);
  }
  return jobs;
}

/**
 * Jobs `from` to `to` by number, whichever list they are in: those before the first of a newer
 * format. One that does not exist is an explicit skip.
 *
 * @throws NewerFormat when job `from` is of a newer format
 */
export async function readJobs(
  redis: RedisClient,
  { keys, format }: Line,
  from: number,
  to: number,
): Promise<Group> {
  const numbers = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const batches = await readJobData(redis, keys, numbers);
  return { firstJob: from, jobs: knownJobs(batches, from, format) };
}

/**
 * The jobs before the first of a newer format.
 *
 * @param from the number of the first
 * @throws NewerFormat when that is the first
 */
function knownJobs(batches: readonly (string | null)[], from: number, format: number): GroupJob[] {
  const known: GroupJob[] = [];
  for (const data of batches) {
    const job = data === null ? ({ skip: 'removed' } as const) : readJob(data, format);
    if (job === 'newer') break;
    known.push(job);
  }
  // I4: what a newer API accepted is not malformed. A newer worker decides it.
  if (known.length === 0) throw new NewerFormat(`batch ${from}`);
  return known;
}

/** A job's batch, checked: decide.lua relies on its form. */
function readJob(raw: string, format: number): GroupJob | 'newer' {
  try {
    const batch: unknown = JSON.parse(raw);
    const version = versionShape.safeParse(batch);
    if (version.success && version.data.v > format) return 'newer';
    const result = batchShape.safeParse(batch);
    return result.success ? { raw, sale: result.data.sale } : { skip: 'malformed' };
  } catch (error) {
    if (error instanceof SyntaxError) return { skip: 'malformed' };
    throw error;
  }
}
