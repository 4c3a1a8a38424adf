import { Queue } from 'bullmq';
import type { PaymentTask } from '../db/payment-tasks.ts';
import type { RedisClient } from '../redis/client.ts';

/** Name and prefix of the BullMQ queue of payment tasks. Its keys are on one node of a cluster. */
export const PAYMENT_QUEUE = 'tasks';
export const PAYMENT_PREFIX = 'fairline:{payments}';

/** What belongs to a task that waits for a worker. */
export type PaymentQueue = Queue<PaymentTask, void, PaymentTask['name']>;

/** Opens the queue on a connection that the caller owns. */
export function openPaymentQueue(redis: RedisClient): PaymentQueue {
  return new Queue(PAYMENT_QUEUE, {
    connection: redis,
    prefix: PAYMENT_PREFIX,
    skipWaitingForReady: true,
    defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
    streams: { events: { maxLen: 100 } },
  });
}

/** Puts tasks into the queue, each once: those that wait or are being done are there already. */
export async function enqueueTasks(
  queue: PaymentQueue,
  tasks: readonly PaymentTask[],
): Promise<void> {
  await queue.addBulk(
    tasks.map((task) => ({
      name: task.name,
      data: task,
      opts: { jobId: `${task.name}-${task.id}` },
    })),
  );
}
