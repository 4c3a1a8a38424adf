import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { DomainError } from '../domain/errors.ts';
import { NewerFormat } from '../domain/newer-format.ts';
import { type Group, lookAhead, lookFurther, readJobs } from '../line/lookahead.ts';
import type { Shard } from '../line/shard.ts';
import { backoffMs } from '../process/backoff.ts';
import type { RedisClient } from '../redis/client.ts';
import { isLineBusy, readDecided, readPublished, readQueued } from '../redis/line-reads.ts';
import { type DecideReply, decide } from '../redis/scripts/decide.ts';

export interface DeciderDeps {
  readonly redis: RedisClient;
  readonly shard: Shard;
  readonly log: Logger;
  /** Waiting jobs that are decided together with the current one. */
  readonly lookahead: number;
  readonly observe?: ((group: { batches: number; seconds: number }) => void) | undefined;
  /** Called where the line goes on with what only a newer version can decide. */
  readonly onNewer?: (error: NewerFormat) => void;
}

type Settled = Extract<DecideReply, { status: 'DECIDED' | 'GAP' }>;

/**
 * Decides the line of one shard. A BullMQ worker runs `process` for every job; it returns when the
 * job's decisions are public (then the job may complete), and never fails: while Redis or Postgres
 * is unavailable it retries, because a failed job would go to the tail of the line.
 */
export class Decider {
  readonly #deps: DeciderDeps;
  readonly #stopped = new AbortController();
  /** The last job that this process has made public; jobs up to it need no further work. */
  #public = 0;
  /** The current job. */
  #inHand: Promise<boolean> | undefined;
  /** The group after the last public one, while it is in progress. */
  #ahead: Promise<void> | undefined;

  constructor(deps: DeciderDeps) {
    this.#deps = deps;
  }

  /**
   * Cancels the back-off between attempts: a job that cannot be finished now is returned to the
   * line. Resolves when nothing is in progress.
   */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#inHand;
    await this.#ahead;
  }

  /** Forgets what was public: Redis was unavailable and may reuse numbers. */
  invalidate(): void {
    this.#public = 0;
  }

  /**
   * Processes job `job` until its decisions are public.
   *
   * @param raw its batch, as stored in the queue
   * @returns false when it was stopped before the job's decisions were public, or when a newer
   *   version has to make them
   */
  process(job: number, raw: string): Promise<boolean> {
    this.#inHand = this.#seeThrough(job, raw);
    return this.#inHand;
  }

  async #seeThrough(job: number, raw: string): Promise<boolean> {
    if (job > this.#public) await this.#ahead;
    for (let attempt = 0; job > this.#public; attempt++) {
      if (attempt > 0) await this.#pause(attempt);
      if (attempt > 0 && this.#stopped.signal.aborted) return false;
      try {
        const { redis, shard, lookahead } = this.#deps;
        await this.#decideWithGaps(await lookAhead(redis, shard, job, raw, lookahead));
        await shard.drain();
        this.#public = await this.#publicJob();
      } catch (error) {
        if (error instanceof NewerFormat) {
          this.#deps.onNewer?.(error);
          return false;
        }
        this.#deps.log.warn({ err: error, shard: this.#deps.shard.id, job }, 'the line waits');
      }
    }
    this.#goAhead(job);
    return true;
  }

  /**
   * Processes the next group while BullMQ completes the jobs of the public one, which costs a
   * synced round trip each. Never more than one group: unless job `job` is of the last public
   * group, nothing happens. It is look-ahead like any other (I2: decide.lua keeps the order), and a
   * failure here is retried at the job's turn.
   */
  #goAhead(job: number): void {
    const { shard, lookahead, log } = this.#deps;
    if (lookahead === 0 || this.#public - job > lookahead) return;
    if (this.#ahead !== undefined || this.#stopped.signal.aborted) return;
    this.#ahead = this.#seeFurther()
      .catch((error: unknown) => log.debug({ err: error, shard: shard.id }, 'look-ahead failed'))
      .finally(() => {
        this.#ahead = undefined;
      });
  }

  async #seeFurther(): Promise<void> {
    const { redis, shard, lookahead } = this.#deps;
    const group = await lookFurther(redis, shard, this.#public, lookahead + 1);
    if (group.jobs.length === 0) return;
    const reply = await this.#decide(group);
    if (reply.status === 'GAP') return;
    await shard.drain();
    this.#public = await this.#publicJob();
  }

  /**
   * Decides jobs that BullMQ will never hand out: numbers after the last decided job while the
   * queue is empty. Batches that were removed become explicit skips, failed ones are decided.
   *
   * @returns whether all jobs that were ever queued are decided
   */
  async catchUp(): Promise<boolean> {
    const { redis, shard, lookahead, log } = this.#deps;
    const { keys } = shard;
    const decided = await readDecided(redis, keys.at(await shard.epoch()));
    const isBusy = await isLineBusy(redis, keys);
    const queued = await readQueued(redis, keys);
    if (isBusy || queued <= decided) return queued <= decided;
    const to = Math.min(queued, decided + 1 + lookahead);
    log.warn({ shard: shard.id, from: decided + 1, to }, 'deciding jobs that left the queue');
    const group = await readJobs(redis, shard, decided + 1, to);
    await this.#decideWithGaps(group);
    await shard.drain();
    return decided + group.jobs.length === queued;
  }

  /** Backs off before a retry, 50 ms to 1 s, unless it is stopped. */
  async #pause(attempt: number): Promise<void> {
    const { signal } = this.#stopped;
    await delay(backoffMs(attempt - 1), undefined, { signal }).catch((error: Error) => {
      if (error.name !== 'AbortError') throw error;
    });
  }

  /** The last public job: a rebuild may have dropped what was decided but not recorded. */
  async #publicJob(): Promise<number> {
    const { redis, shard } = this.#deps;
    return (await readPublished(redis, shard.keys)).job;
  }

  /** Decides a group, after everything before it. */
  async #decideWithGaps(group: Group): Promise<void> {
    const { redis, shard } = this.#deps;
    for (;;) {
      const reply = await this.#decide(group);
      if (reply.status === 'DECIDED') return;
      // I2: what is missing before this group is decided first, wherever it is stored.
      const to = Math.min(group.firstJob - 1, reply.decided + 1 + this.#deps.lookahead);
      const missing = await readJobs(redis, shard, reply.decided + 1, to);
      this.#deps.log.warn(
        { shard: shard.id, from: reply.decided + 1, to },
        'deciding jobs missing before the group',
      );
      await this.#decide(missing);
    }
  }

  async #decide(group: Group): Promise<Settled> {
    const { shard, observe } = this.#deps;
    let jobs = group.jobs;
    for (;;) {
      const startedAt = performance.now();
      try {
        const reply = await shard.run(decide, { firstJob: group.firstJob, jobs });
        if (reply.status === 'DECIDED') {
          observe?.({ batches: jobs.length, seconds: (performance.now() - startedAt) / 1000 });
        }
        return reply;
      } catch (error) {
        if (!(error instanceof DomainError) || error.code !== 'sale_not_found') throw error;
        jobs = await this.#withoutUnknownSales(jobs);
      }
    }
  }

  /** Turns batches of sales that Postgres does not have into explicit skips. */
  async #withoutUnknownSales(jobs: Group['jobs']): Promise<Group['jobs']> {
    const known = await this.#deps.shard.knownSales(
      jobs.flatMap((job) => ('sale' in job ? [job.sale] : [])),
    );
    return jobs.map((job) =>
      'sale' in job && !known.has(job.sale) ? { skip: 'unknown_sale' } : job,
    );
  }
}
