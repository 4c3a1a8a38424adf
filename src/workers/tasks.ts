import { Worker } from 'bullmq';
import type { Logger } from 'pino';
import type { Task } from '../domain/task.ts';
import type { RedisClient } from '../redis/client.ts';
import { enqueueTasks, openTaskQueues } from '../tasks/queues.ts';
import { SteadyWorker } from './steady-worker.ts';
import { every, type Timer } from './timer.ts';

/** Another worker takes a task over from one that was killed. */
const TAKE_OVER = { lockDuration: 2_000, stalledInterval: 1_000, drainDelay: 1 };

/** How long BullMQ may take to end. */
const CLOSE_PATIENCE_MS = 5_000;

/** How often due tasks are looked for, and workers looked after. */
const LOOK_MS = 500;

export interface TaskWorkerOptions<Kind extends string> {
  readonly redis: RedisClient;
  readonly log: Logger;
  /** What the log calls it. */
  readonly name: string;
  /** Of the queues' keys in Redis, with a hash tag. */
  readonly prefix: string;
  /** How many tasks of each kind a process does at once; kinds that are left out it does not do. */
  readonly concurrency: Readonly<Partial<Record<Kind, number>>>;
  /** What is to be done now, as Postgres has it. */
  readonly listDue: () => Promise<readonly Task<Kind>[]>;
  /** Does a task; what fails stays due, so that nothing is thrown but what is a mistake of ours. */
  readonly work: (task: Task<Kind>) => Promise<void>;
}

/**
 * Works on tasks whose truth is in Postgres: a queue and a worker a kind. Any number of processes
 * may do so.
 */
export function startTaskWorker<Kind extends string>(options: TaskWorkerOptions<Kind>): Timer {
  const { redis, log, name, prefix, concurrency, listDue } = options;
  const kinds = Object.keys(concurrency) as Kind[];
  const queues = openTaskQueues(redis, { prefix, kinds }, (error) =>
    log.warn({ err: error, tasks: name }, 'task queue'),
  );
  const workers = kinds.map((kind) => startWorker(options, kind));
  const timers = [
    every(LOOK_MS, name, log, async () => enqueueTasks(queues, await listDue())),
    every(LOOK_MS, `${name}-workers`, log, () =>
      Promise.all(workers.map((worker) => worker.look(performance.now()))),
    ),
  ];
  return {
    async stop() {
      await Promise.all(timers.map((timer) => timer.stop()));
      await Promise.all(workers.map((worker) => worker.close()));
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}

/** A worker for one kind of tasks. */
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
    worker.on('error', (error) => log.warn({ err: error, kind }, 'task worker'));
    worker.on('failed', (job, error) => log.error({ err: error, kind, job: job?.id }, 'task'));
    return worker;
  };
  return new SteadyWorker({
    redis,
    log,
    open,
    queueKeys: { wait: `${prefix}:${kind}:wait`, active: `${prefix}:${kind}:active` },
    closePatienceMs: CLOSE_PATIENCE_MS,
    name: { kind },
  });
}
