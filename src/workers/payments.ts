import { listDueTasks } from '../db/payment-tasks.ts';
import type { PaymentDeps } from '../payments/deps.ts';
import { reconcileRecent } from '../payments/reconcile.ts';
import { doTask } from '../payments/tasks.ts';
import type { RedisClient } from '../redis/client.ts';
import { PAYMENT_PREFIX, PAYMENTS_RECONCILED } from '../redis/keys.ts';
import { takeTurn } from '../redis/turns.ts';
import { startTaskWorker } from './tasks.ts';
import { every, type Timer } from './timer.ts';

/** Tasks of a kind that a process does at once: most of them wait for Stripe. */
const CONCURRENCY = 10;

/** Due tasks of each kind that one look takes. */
const DUE_MAX = 200;

/** Payments are compared with Stripe this often, however many workers there are. */
const RECONCILE_EVERY_MS = 60_000;

export interface PaymentWorkerDeps extends PaymentDeps {
  readonly redis: RedisClient;
  /** How long a hold waits for Stripe after its time, where Stripe is away. */
  readonly graceMs: number;
}

/**
 * Works on payments: applies events, ends what has to be ended at Stripe, gives money back, and compares with Stripe.
 * Any number of processes may do so.
 */
export function startPaymentWorker(deps: PaymentWorkerDeps): Timer {
  const { redis, db, log, graceMs } = deps;
  const parts = [
    startTaskWorker({
      redis,
      log,
      name: 'payments',
      prefix: PAYMENT_PREFIX,
      concurrency: { event: CONCURRENCY, order: CONCURRENCY, refund: CONCURRENCY },
      listDue: () => listDueTasks(db, DUE_MAX),
      work: (task) => doTask(deps, task, graceMs),
    }),
    every(5_000, 'payments-reconcile', log, async () => {
      if (await takeTurn(redis, PAYMENTS_RECONCILED, RECONCILE_EVERY_MS)) {
        await reconcileRecent(deps);
      }
    }),
  ];
  return {
    async stop() {
      await Promise.all(parts.map((part) => part.stop()));
    },
  };
}
