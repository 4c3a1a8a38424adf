import { findRequest } from '../db/payment-requests.ts';
import { type PaymentTask, postponeTask } from '../db/payment-tasks.ts';
import { closeOrder } from './close.ts';
import type { PaymentDeps } from './deps.ts';
import { applyEvent } from './events.ts';
import { RefundFailed, refundPayment } from './refund.ts';
import { isRefused } from './stripe.ts';

/** When a payment that Stripe processes is looked at again, should nothing be told: 5 s to 5 min. */
const PROCESSING = { fromMs: 5_000, toMs: 300_000 };

/** Tries while something is away: 0.5 s to 15 s. What Stripe refuses: 1 min to 1 h. */
const AWAY = { fromMs: 500, toMs: 15_000 };
const REFUSED = { fromMs: 60_000, toMs: 3_600_000 };

/**
 * Does a task. What fails is put off and stays to be done: nobody needs to do anything about it.
 *
 * @param graceMs how long a hold waits for Stripe after its time, where Stripe is away
 */
export async function doTask(deps: PaymentDeps, task: PaymentTask, graceMs: number): Promise<void> {
  try {
    await doOnce(deps, task, graceMs);
  } catch (error) {
    deps.log.warn({ err: error, task: task.name, id: task.id }, 'payments: trying again');
    const isInVain = isRefused(error) || error instanceof RefundFailed;
    await postponeTask(deps.db, task, isInVain ? REFUSED : AWAY);
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
