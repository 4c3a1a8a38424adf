import { Worker } from 'bullmq';
import type { Logger } from 'pino';
import type { Task } from '../domain/task.ts';
import type { RedisClient } from '../redis/client.ts';
import { enqueueTasks, openTaskQueues } from '../tasks/queues.ts';
import { SteadyWorker, WAITS_IDLY } from './steady-worker.ts';
import { every, type Timer } from './timer.ts';

/** How soon another worker takes over a task of one that was killed. */
const TAKE_OVER = { lockDuration: 2_000, stalledInterval: 400, ...WAITS_IDLY };

/** How long BullMQ may take to close. */
const CLOSE_PATIENCE_MS = 5_000;

/** How often due tasks are polled and workers checked. */
const POLL_MS = 500;

export interface TaskWorkerOptions<Kind extends string> {
  readonly redis: RedisClient;
  readonly log: Logger;
  /** Its name in the log. */
  readonly name: string;
  /** Whether this process is the one that looks for due tasks. */
  readonly isLooking: () => boolean;
  /** Prefix of the queues' keys in Redis, with a hash tag. */
  readonly prefix: string;
  /** Concurrent tasks per kind in a process; kinds that are left out are not processed. */
  readonly concurrency: Readonly<Partial<Record<Kind, number>>>;
  /** The tasks that are due, from Postgres. */
  readonly listDue: () => Promise<readonly Task<Kind>[]>;
  /** Performs a task; a failed one stays due, so only bugs of ours are thrown. */
  readonly work: (task: Task<Kind>) => Promise<void>;
}

/** The workers of a process for one sort of tasks. */
export interface TaskWorker extends Timer {
  /** Redis was unavailable: see {@link SteadyWorker.reconnect}. */
  reconnect(): void;
}

/**
 * Processes tasks whose source of truth is Postgres: one queue and one worker per kind. Any number
 * of processes may do so.
 */
export function startTaskWorker<Kind extends string>(options: TaskWorkerOptions<Kind>): TaskWorker {
  const { redis, log, name, prefix, concurrency, listDue, isLooking } = options;
  const kinds = Object.keys(concurrency) as Kind[];
  const queues = openTaskQueues(redis, { prefix, kinds }, (error) =>
    log.warn({ err: error, tasks: name }, 'task queue error'),
  );
  const workers = kinds.map((kind) => startWorker(options, kind));
  /** Nothing is due, and nothing is in the queues. */
  let isAtRest = false;
  const timers = [
    every(POLL_MS, name, log, async () => {
      if (!isLooking()) return;
      const due = await listDue();
      if (due.length > 0) isAtRest = false;
      if (isAtRest) return;
      await enqueueTasks(queues, due);
      const checks = workers.map((worker) => worker.check(performance.now()));
      isAtRest = due.length === 0 && (await Promise.all(checks)).every((isIdle) => isIdle);
    }),
  ];
  return {
    reconnect() {
      isAtRest = false;
      for (const worker of workers) {
        worker
          .reconnect()
          .catch((error: unknown) =>
            log.debug({ err: error, tasks: name }, 'no connection to renew'),
          );
      }
    },
    async stop() {
      await Promise.all(timers.map((timer) => timer.stop()));
      await Promise.all(workers.map((worker) => worker.close()));
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}

/** A worker for one kind of task. */
function startWorker<Kind extends string>(
  options: TaskWorkerOptions<Kind>,
  kind: Kind,
): SteadyWorker {
  const { redis, log, prefix, concurrency, work } = options;
  const open = () => {
    const worker = new Worker<Task<Kind>, void, 'task'>(kind, (job) => work(job.data), {
      connection: redis,
      prefix,
      concurrency: concurrency[kind] ?? 1,
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      ...TAKE_OVER,
    });
    worker.on('error', (error) => log.warn({ err: error, kind }, 'task worker error'));
    worker.on('failed', (job, error) => log.error({ err: error, kind, job: job?.id }, 'task'));
    return worker;
  };
  return new SteadyWorker({
    redis,
    log,
    open,
    queueKeys: {
      wait: `${prefix}:${kind}:wait`,
      active: `${prefix}:${kind}:active`,
      marker: `${prefix}:${kind}:marker`,
    },
    closePatienceMs: CLOSE_PATIENCE_MS,
    name: { kind },
  });
}
