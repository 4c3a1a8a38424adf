import { type PaymentTask, TASK_KINDS } from '../db/payment-tasks.ts';
import type { RedisClient } from '../redis/client.ts';
import { PAYMENT_PREFIX } from '../redis/keys.ts';
import { openTaskQueues, type TaskQueues } from '../tasks/queues.ts';

/** One queue per kind of payment task. */
export type PaymentQueues = TaskQueues<PaymentTask['name']>;

/** Opens them on a connection that the caller owns. */
export function openPaymentQueues(
  redis: RedisClient,
  onError: (error: Error) => void,
): PaymentQueues {
  return openTaskQueues(redis, { prefix: PAYMENT_PREFIX, kinds: TASK_KINDS }, onError);
}
