import { Queue } from 'bullmq';
import type { PaymentTask } from '../db/payment-tasks.ts';
import type { RedisClient } from '../redis/client.ts';
import { PAYMENT_PREFIX, PAYMENT_QUEUE } from '../redis/keys.ts';

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
