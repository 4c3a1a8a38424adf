import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from 'bullmq';
import type { Logger } from 'pino';
import type { RedisClient } from '../redis/client.ts';
import { countJobs } from '../redis/line-reads.ts';

/** How long jobs wait, and nobody takes one, until the worker is replaced, in ms. */
const STANDSTILL_MS = 3_000;

/** What a {@link SteadyWorker} works with. */
export interface SteadyDeps {
  readonly redis: RedisClient;
  readonly log: Logger;
  /** Opens a worker on the queue, with a connection of its own for blocking. */
  readonly open: () => Pick<Worker, 'close'>;
  /** The keys of the queue's lists. */
  readonly queueKeys: { readonly wait: string; readonly active: string };
  /**
   * How long BullMQ may take to end, in ms. It waits for the end of a connection, which ioredis does not tell of
   * one that is reconnecting.
   */
  readonly closePatienceMs: number;
  /** What a log line names it by. */
  readonly name: Readonly<Record<string, string | number>>;
}

/**
 * A BullMQ worker that is replaced where it stands still. After an outage its blocking connection may hang for ever, seen
 * with a Redis Cluster whose nodes were all restarted: taskforcesh/bullmq#4138, where its author's advice is this.
 * The one that is left behind takes nothing any more; if it did, no order would suffer.
 */
export class SteadyWorker {
  readonly #deps: SteadyDeps;
  #worker: Pick<Worker, 'close'>;
  /** Since when jobs have waited and nobody was at one. */
  #stillSinceMs: number | undefined;

  constructor(deps: SteadyDeps) {
    this.#deps = deps;
    this.#worker = deps.open();
  }

  /**
   * Looks whether anybody works on what waits; to be called again and again.
   *
   * @param nowMs a clock that only goes on
   */
  async look(nowMs: number): Promise<void> {
    const { redis, log, open, queueKeys, name } = this.#deps;
    const { waiting, active } = await countJobs(redis, queueKeys);
    if (waiting === 0 || active > 0) {
      this.#stillSinceMs = undefined;
      return;
    }
    this.#stillSinceMs ??= nowMs;
    if (nowMs - this.#stillSinceMs < STANDSTILL_MS) return;
    this.#stillSinceMs = undefined;
    log.error({ ...name, waiting }, 'nobody takes what waits: replacing the BullMQ worker');
    const old = this.#worker;
    this.#worker = open();
    old.close().catch((error: unknown) => log.warn({ err: error, ...name }, 'the old worker'));
  }

  /** Takes no more; resolves when the jobs in hand are done, or when BullMQ does not end in time. */
  async close(inHand?: () => Promise<void>): Promise<void> {
    const closed = this.#worker.close();
    await inHand?.();
    const patience = delay(this.#deps.closePatienceMs, 'impatient', { ref: false });
    if ((await Promise.race([closed, patience])) === 'impatient') {
      this.#deps.log.warn(this.#deps.name, 'BullMQ does not end: leaving it');
    }
  }
}
