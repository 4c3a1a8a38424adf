import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { RedisClient } from '../redis/client.ts';
import { countJobs } from '../redis/line-reads.ts';

/** How long jobs may wait without any being taken until the worker is replaced, in ms. */
const STANDSTILL_MS = 3_000;

/**
 * Settings of a BullMQ worker that costs nothing while nothing waits: it blocks until a job comes,
 * for up to an hour (`drainDelay`, in s), and looks for no stalled jobs, because the lookout does.
 */
export const WAITS_IDLY = { drainDelay: 3_600, skipStalledCheck: true };

/** What is used of a BullMQ worker. */
type OpenWorker = Pick<Worker, 'close' | 'getBackend'>;

/** The dependencies of a {@link SteadyWorker}. */
export interface SteadyDeps {
  readonly redis: RedisClient;
  readonly log: Logger;
  /** Opens a worker on the queue, with a connection of its own for blocking. */
  readonly open: () => OpenWorker;
  /** The keys of the queue's lists. */
  readonly queueKeys: { readonly wait: string; readonly active: string; readonly marker: string };
  /**
   * How long BullMQ may take to close, in ms. It waits for a connection's end, which ioredis does
   * not report for one that is reconnecting.
   */
  readonly closePatienceMs: number;
  /** Identifies it in log lines. */
  readonly name: Readonly<Record<string, string | number>>;
}

/**
 * A BullMQ worker that is replaced when it stalls. After an outage its blocking connection may hang
 * for ever, seen with a Redis Cluster whose nodes were all restarted: taskforcesh/bullmq#4138,
 * whose author advises this. The abandoned worker takes no more jobs; if it did, the order would
 * still hold.
 */
export class SteadyWorker {
  readonly #deps: SteadyDeps;
  #worker: OpenWorker;
  /** Since when jobs have waited without any being worked on. */
  #stillSinceMs: number | undefined;

  constructor(deps: SteadyDeps) {
    this.#deps = deps;
    this.#worker = deps.open();
  }

  /**
   * Checks whether waiting jobs are being worked on; to be called periodically by one process while
   * there are any. Jobs of a worker that died go back to the line, and where jobs wait without any
   * being worked on, BullMQ's marker is set again: it may have gone to a connection of the dead.
   *
   * @param nowMs a monotonic clock
   * @returns whether there is nothing to work on
   */
  async check(nowMs: number): Promise<boolean> {
    const { redis, log, open, queueKeys, name } = this.#deps;
    const { waiting, active } = await countJobs(redis, queueKeys);
    if (active > 0) {
      for (const job of await this.#worker.getBackend().moveStalledJobsToWait()) {
        log.warn({ ...name, job }, 'a job has lost its worker: another takes it');
      }
    }
    if (waiting === 0 || active > 0) {
      this.#stillSinceMs = undefined;
      return waiting === 0 && active === 0;
    }
    await redis.zadd(queueKeys.marker, 0, '0');
    this.#stillSinceMs ??= nowMs;
    if (nowMs - this.#stillSinceMs < STANDSTILL_MS) return false;
    this.#stillSinceMs = undefined;
    log.error(
      { ...name, waiting },
      'waiting jobs are not being taken: replacing the BullMQ worker',
    );
    const old = this.#worker;
    this.#worker = open();
    old
      .close()
      .catch((error: unknown) =>
        log.warn({ err: error, ...name }, 'closing the old BullMQ worker failed'),
      );
    return false;
  }

  /**
   * Makes the blocking connection anew: it waits for hours, and does not notice when its server is
   * no longer the primary. On a cluster BullMQ does so by itself.
   */
  async reconnect(): Promise<void> {
    const client = await this.#worker.getBackend().blockingClient;
    if (client instanceof Redis && client.status === 'ready') client.disconnect(true);
  }

  /**
   * Takes no more jobs; resolves when the current ones are done, or when BullMQ does not close in
   * time.
   */
  async close(inHand?: () => Promise<void>): Promise<void> {
    const closed = this.#worker.close();
    await inHand?.();
    const patience = delay(this.#deps.closePatienceMs, 'impatient', { ref: false });
    if ((await Promise.race([closed, patience])) === 'impatient') {
      this.#deps.log.warn(this.#deps.name, 'BullMQ did not close in time: abandoned');
    }
  }
}
