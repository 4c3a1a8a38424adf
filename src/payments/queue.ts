import { Queue } from 'bullmq';
import { type PaymentTask, TASK_KINDS } from '../db/payment-tasks.ts';
import type { RedisClient } from '../redis/client.ts';
import { PAYMENT_PREFIX } from '../redis/keys.ts';

/** The queue of one kind of tasks: what waits for Stripe does not hold up what need not. */
export type PaymentQueue = Queue<PaymentTask, void, 'task'>;

/** The queues by kind. */
export type PaymentQueues = ReadonlyMap<PaymentTask['name'], PaymentQueue>;

/** Opens the queues on a connection that the caller owns. */
export function openPaymentQueues(redis: RedisClient, onError: (error: Error) => void) {
  const open = (name: string): PaymentQueue => {
    const queue: PaymentQueue = new Queue(name, {
      connection: redis,
      prefix: PAYMENT_PREFIX,
      skipWaitingForReady: true,
      defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
      streams: { events: { maxLen: 100 } },
    });
    queue.on('error', onError);
    return queue;
  };
  return new Map(TASK_KINDS.map((name) => [name, open(name)]));
}

/** Puts tasks into their queues, each once: those that wait or are being done are there already. */
export async function enqueueTasks(
  queues: PaymentQueues,
  tasks: readonly PaymentTask[],
): Promise<void> {
  for (const [name, queue] of queues) {
    const ofKind = tasks.filter((task) => task.name === name);
    if (ofKind.length === 0) continue;
    await queue.addBulk(
      ofKind.map((task) => ({ name: 'task', data: task, opts: { jobId: `${name}-${task.id}` } })),
    );
  }
}
