import { type Telemetry, WaitingError, Worker } from 'bullmq';
import type { Logger } from 'pino';
import type { Batch } from '../domain/entry.ts';
import { openQueue } from '../line/queue.ts';
import type { RedisClient } from '../redis/client.ts';
import { QUEUE_NAME } from '../redis/keys.ts';
import { Decider, type DeciderDeps } from './decide.ts';
import { SteadyWorker, WAITS_IDLY } from './steady-worker.ts';

/**
 * A standby takes over from a killed worker within about 2 s: short locks, and a lookout that looks
 * for lost ones every 250 ms while a job is in hand. A lock that is lost by a false alarm is
 * harmless, because decide.lua keeps the order by itself.
 */
const TAKE_OVER = { lockDuration: 1_000, stalledInterval: 200, ...WAITS_IDLY };

/** The worker of one shard's line. */
export interface LineWorker {
  /** Ensures that all workers but one stand by: Redis loses that setting when it is flushed. */
  standBy(): Promise<void>;
  /** Forgets what was public: Redis was unavailable and may have come back with older data. */
  invalidate(): void;
  /** Decides jobs that left the queue undecided, see {@link Decider.catchUp}. */
  catchUp(): Promise<boolean>;
  /** Ensures that waiting jobs are being worked on, see {@link SteadyWorker.check}. */
  check(): Promise<boolean>;
  /** Finishes the current group, takes no more, and stops. */
  close(): Promise<void>;
}

/**
 * Starts working on the line of a shard: a BullMQ worker that holds one job at a time. Any number
 * of processes may do so; global concurrency 1 makes all but one stand by.
 *
 * @param connection a connection for workers; BullMQ duplicates it for blocking
 * @param telemetry set where tracing is on
 */
export async function startLineWorker(
  connection: RedisClient,
  log: Logger,
  deps: DeciderDeps,
  telemetry?: Telemetry,
): Promise<LineWorker> {
  const { shard, redis } = deps;
  const { keys } = shard;
  const queue = openQueue(redis, keys);
  queue.on('error', (error) => log.warn({ err: error, shard: shard.id }, 'line queue'));
  const standBy = async () => {
    if ((await queue.getGlobalConcurrency()) !== 1) await queue.setGlobalConcurrency(1);
  };
  await standBy();

  const decider = new Decider(deps);
  const worker = new SteadyWorker({
    redis,
    log,
    open: () => openWorker(connection, { log, shard, decider, telemetry }),
    queueKeys: {
      wait: keys.queue('wait'),
      active: keys.queue('active'),
      marker: keys.queue('marker'),
    },
    closePatienceMs: 2_000,
    name: { shard: shard.id },
  });
  return {
    standBy,
    invalidate() {
      decider.invalidate();
      void worker
        .reconnect()
        .catch((error: unknown) =>
          log.debug({ err: error, shard: shard.id }, 'no connection to renew'),
        );
    },
    catchUp: () => decider.catchUp(),
    check: () => worker.check(performance.now()),
    async close() {
      await worker.close(() => decider.stop());
      await queue.close();
    },
  };
}

interface WorkerDeps extends Pick<DeciderDeps, 'log' | 'shard'> {
  readonly decider: Decider;
  readonly telemetry: Telemetry | undefined;
}

/** Opens the BullMQ worker of a line: its jobs go to the decider. */
function openWorker(connection: RedisClient, deps: WorkerDeps): Worker<Batch, void, 'batch'> {
  const { log, shard, decider, telemetry } = deps;
  const worker = new Worker<Batch, void, 'batch'>(
    QUEUE_NAME,
    async (job, token) => {
      const number = Number(job.id);
      if (!Number.isSafeInteger(number)) {
        log.error({ shard: shard.id, job: job.id }, 'job is not a batch of the line: dropped');
        return;
      }
      const done = await decider.process(number, JSON.stringify(job.data ?? null));
      if (done) return;
      await job.moveToWait(token); // back to the head of the line, for another worker
      throw new WaitingError();
    },
    {
      connection,
      prefix: shard.keys.prefix,
      concurrency: 1,
      // A batch that stalls repeatedly is retried without limit: it must not fail.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      removeOnComplete: { count: 0 },
      ...TAKE_OVER,
      ...(telemetry === undefined ? {} : { telemetry }),
    },
  );
  worker.on('error', (error) => log.warn({ err: error, shard: shard.id }, 'line worker'));
  worker.on('failed', (job, error) =>
    log.error({ err: error, shard: shard.id, job: job?.id }, 'a batch failed: it will be decided'),
  );
  return worker;
}
