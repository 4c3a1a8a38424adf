import { findRequest } from '../db/payment-requests.ts';
import { type PaymentTask, postponeTask } from '../db/payment-tasks.ts';
import { closeOrder } from './close.ts';
import type { PaymentDeps } from './deps.ts';
import { applyEvent } from './events.ts';
import { RefundFailed, refundPayment } from './refund.ts';
import { isRefused } from './stripe.ts';

/**
 * Back-off for checking a payment that Stripe is processing, in case no event arrives: 5 s to 5
 * min.
 */
const PROCESSING = { fromMs: 5_000, toMs: 300_000 };

/**
 * Back-off while a dependency is unavailable: 0.5 s to 15 s. After a refusal by Stripe: 1 min to 1
 * h.
 */
const UNAVAILABLE = { fromMs: 500, toMs: 15_000 };
const REFUSED = { fromMs: 60_000, toMs: 3_600_000 };

/**
 * Performs a task. A failed one is postponed and stays due: no operator has to step in.
 *
 * @param graceMs how long an expired hold waits for Stripe while Stripe is unavailable
 */
export async function doTask(deps: PaymentDeps, task: PaymentTask, graceMs: number): Promise<void> {
  try {
    await doOnce(deps, task, graceMs);
  } catch (error) {
    deps.log.warn(
      { err: error, task: task.name, id: task.id },
      'payment task failed, will be retried',
    );
    const isInVain = isRefused(error) || error instanceof RefundFailed;
    await postponeTask(deps.db, task, isInVain ? REFUSED : UNAVAILABLE);
  }
}

async function doOnce(deps: PaymentDeps, task: PaymentTask, graceMs: number): Promise<void> {
  switch (task.name) {
    case 'event':
      return applyEvent(deps, task.id);
    case 'refund':
      return refundPayment(deps, task.id);
    case 'order': {
      const seen = (await findRequest(deps.db, task.id))?.next_try_at;
      const closing = await closeOrder(deps, task.id, graceMs);
      if (closing !== 'closed') await postponeTask(deps.db, task, PROCESSING, seen);
    }
  }
}
