import { Queue } from 'bullmq';
import type { Task } from '../domain/task.ts';
import type { RedisClient } from '../redis/client.ts';

/**
 * The queue of one kind of task: a kind that waits for a third party does not hold up the others.
 */
type TaskQueue<Kind extends string> = Queue<Task<Kind>, void, 'task'>;

/** One queue per kind. */
export type TaskQueues<Kind extends string> = ReadonlyMap<Kind, TaskQueue<Kind>>;

/**
 * Opens one queue per kind on a connection that the caller owns.
 *
 * @param prefix of their keys in Redis, with a hash tag
 */
export function openTaskQueues<Kind extends string>(
  redis: RedisClient,
  { prefix, kinds }: { readonly prefix: string; readonly kinds: readonly Kind[] },
  onError: (error: Error) => void,
): TaskQueues<Kind> {
  const open = (name: Kind): TaskQueue<Kind> => {
    const queue: TaskQueue<Kind> = new Queue(name, {
      connection: redis,
      prefix,
      skipWaitingForReady: true,
      defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
      streams: { events: { maxLen: 100 } },
    });
    queue.on('error', onError);
    return queue;
  };
  return new Map(kinds.map((name) => [name, open(name)]));
}

/** Enqueues tasks, each at most once: those that are waiting or in progress are skipped. */
export async function enqueueTasks<Kind extends string>(
  queues: TaskQueues<Kind>,
  tasks: readonly Task<Kind>[],
): Promise<void> {
  for (const [name, queue] of queues) {
    const ofKind = tasks.filter((task) => task.name === name);
    if (ofKind.length === 0) continue;
    await queue.addBulk(
      ofKind.map((task) => ({ name: 'task', data: task, opts: { jobId: `${name}-${task.id}` } })),
    );
  }
}
