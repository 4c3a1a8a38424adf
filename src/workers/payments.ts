import { listDueTasks } from '../db/payment-tasks.ts';
import type { PaymentDeps } from '../payments/deps.ts';
import { reconcileRecent } from '../payments/reconcile.ts';
import { doTask } from '../payments/tasks.ts';
import type { RedisClient } from '../redis/client.ts';
import { PAYMENT_PREFIX, PAYMENTS_RECONCILED } from '../redis/keys.ts';
import { takeTurn } from '../redis/turns.ts';
import { startTaskWorker, type TaskWorker } from './tasks.ts';
import { every } from './timer.ts';

/** Concurrent tasks per kind and process: most of them wait for Stripe. */
const CONCURRENCY = 10;

/** Due tasks per kind that one poll fetches. */
const DUE_MAX = 200;

/** Payments are compared with Stripe this often, however many workers there are. */
const RECONCILE_EVERY_MS = 60_000;

export interface PaymentWorkerDeps extends PaymentDeps {
  readonly redis: RedisClient;
  /** How long an expired hold waits for Stripe while Stripe is unavailable. */
  readonly graceMs: number;
  /** Whether this process is the one that looks for due tasks. */
  readonly isLooking: () => boolean;
}

/**
 * Processes payments: applies events, closes orders at Stripe, refunds, and compares with Stripe.
 * Any number of processes may do so.
 */
export function startPaymentWorker(deps: PaymentWorkerDeps): TaskWorker {
  const { redis, db, log, graceMs } = deps;
  const tasks = startTaskWorker({
    redis,
    log,
    name: 'payments',
    isLooking: deps.isLooking,
    prefix: PAYMENT_PREFIX,
    concurrency: { event: CONCURRENCY, order: CONCURRENCY, refund: CONCURRENCY },
    listDue: () => listDueTasks(db, DUE_MAX),
    work: (task) => doTask(deps, task, graceMs),
  });
  const comparing = every(5_000, 'payments-reconcile', log, async () => {
    if (!deps.isLooking()) return;
    if (await takeTurn(redis, PAYMENTS_RECONCILED, RECONCILE_EVERY_MS)) await reconcileRecent(deps);
  });
  return {
    reconnect: () => tasks.reconnect(),
    async stop() {
      await Promise.all([tasks.stop(), comparing.stop()]);
    },
  };
}
