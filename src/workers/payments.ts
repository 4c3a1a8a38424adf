import { Worker } from 'bullmq';
import { listDueTasks, type PaymentTask, TASK_KINDS } from '../db/payment-tasks.ts';
import type { PaymentDeps } from '../payments/deps.ts';
import { enqueueTasks, openPaymentQueues } from '../payments/queue.ts';
import { reconcileRecent } from '../payments/reconcile.ts';
import { doTask } from '../payments/tasks.ts';
import { PAYMENT_PREFIX, PAYMENTS_RECONCILED } from '../redis/keys.ts';
import { SteadyWorker } from './steady-worker.ts';
import { every } from './timer.ts';

/** Tasks of a kind that a process does at once: most of them wait for Stripe. */
const CONCURRENCY = 10;

/** Due tasks of each kind that one look takes. */
const DUE_MAX = 200;

/** Payments are compared with Stripe this often, however many workers there are. */
const RECONCILE_EVERY_MS = 60_000;

/** Another worker takes a task over from one that was killed. */
const TAKE_OVER = { lockDuration: 2_000, stalledInterval: 1_000, drainDelay: 1 };

export interface PaymentWorkerDeps extends PaymentDeps {
  /** How long a hold waits for Stripe after its time, where Stripe is away. */
  readonly graceMs: number;
}

/**
 * Works on payments: applies events, ends what has to be ended at Stripe, gives money back, and compares with Stripe.
 * Any number of processes may do so.
 */
export function startPaymentWorker(deps: PaymentWorkerDeps): { stop(): Promise<void> } {
  const { redis, db, log } = deps;
  const queues = openPaymentQueues(redis, (error) => log.warn({ err: error }, 'payment queue'));
  const workers = TASK_KINDS.map((kind) => startWorker(deps, kind));
  const timers = [
    every(500, 'payments', log, async () => enqueueTasks(queues, await listDueTasks(db, DUE_MAX))),
    every(500, 'payment-workers', log, () =>
      Promise.all(workers.map((worker) => worker.look(performance.now()))),
    ),
    every(5_000, 'payments-reconcile', log, async () => {
      const isOurs = await redis.set(PAYMENTS_RECONCILED, 1, 'PX', RECONCILE_EVERY_MS, 'NX');
      if (isOurs !== null) await reconcileRecent(deps);
    }),
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
function startWorker(deps: PaymentWorkerDeps, kind: PaymentTask['name']): SteadyWorker {
  const { redis, log, graceMs } = deps;
  const open = () => {
    const worker = new Worker<PaymentTask, void, 'task'>(
      kind,
      (job) => doTask(deps, job.data, graceMs),
      {
        connection: redis,
        prefix: PAYMENT_PREFIX,
        concurrency: CONCURRENCY,
        maxStalledCount: Number.MAX_SAFE_INTEGER,
        ...TAKE_OVER,
      },
    );
    worker.on('error', (error) => log.warn({ err: error, kind }, 'payment worker'));
    worker.on('failed', (job, error) => log.error({ err: error, job: job?.id }, 'payment task'));
    return worker;
  };
  const [waitKey, activeKey] = [
    `${PAYMENT_PREFIX}:${kind}:wait`,
    `${PAYMENT_PREFIX}:${kind}:active`,
  ];
  return new SteadyWorker({
    redis,
    log,
    open,
    waitKey,
    activeKey,
    closePatienceMs: 5_000,
    name: { kind },
  });
}
