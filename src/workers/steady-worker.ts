import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from 'bullmq';
import type { Logger } from 'pino';
import type { RedisClient } from '../redis/client.ts';
import { countJobs } from '../redis/line-reads.ts';

/** How long jobs may wait without any being taken until the worker is replaced, in ms. */
const STANDSTILL_MS = 3_000;

/** The dependencies of a {@link SteadyWorker}. */
export interface SteadyDeps {
  readonly redis: RedisClient;
  readonly log: Logger;
  /** Opens a worker on the queue, with a connection of its own for blocking. */
  readonly open: () => Pick<Worker, 'close'>;
  /** The keys of the queue's lists. */
  readonly queueKeys: { readonly wait: string; readonly active: string };
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
  #worker: Pick<Worker, 'close'>;
  /** Since when jobs have waited without any being worked on. */
  #stillSinceMs: number | undefined;

  constructor(deps: SteadyDeps) {
    this.#deps = deps;
    this.#worker = deps.open();
  }

  /**
   * Checks whether waiting jobs are being worked on; to be called periodically.
   *
   * @param nowMs a monotonic clock
   */
  async check(nowMs: number): Promise<void> {
    const { redis, log, open, queueKeys, name } = this.#deps;
    const { waiting, active } = await countJobs(redis, queueKeys);
    if (waiting === 0 || active > 0) {
      this.#stillSinceMs = undefined;
      return;
    }
    this.#stillSinceMs ??= nowMs;
    if (nowMs - this.#stillSinceMs < STANDSTILL_MS) return;
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
