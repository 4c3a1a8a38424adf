import { listDueDeliveries } from '../db/deliveries.ts';
import { addressMessages } from '../db/messages.ts';
import { deliver } from '../messages/deliver.ts';
import type { MessageDeps } from '../messages/deps.ts';
import type { RedisClient } from '../redis/client.ts';
import { MESSAGE_PREFIX } from '../redis/keys.ts';
import { startTaskWorker, type TaskWorker, type TaskWorkerOptions } from './tasks.ts';

/**
 * Concurrent deliveries per process. They mostly wait; webhooks have room for several endpoints
 * that hang, see `listDueDeliveries`.
 */
const CONCURRENCY = { mail: 10, webhook: 100 };

/** Postgres connections for messages, so that they do not compete for the line's. */
export const MESSAGE_CONNECTIONS = 4;

/** Messages addressed per statement. */
const ADDRESSED_MAX = 500;

/** Resolves the recipients of messages, and delivers them. Any number of processes may do so. */
export function startMessageWorker(
  deps: MessageDeps & { readonly redis: RedisClient } & Pick<TaskWorkerOptions<never>, 'isLooking'>,
): TaskWorker {
  const { redis, db, log, nowMs } = deps;
  const mails = deps.mails !== undefined;
  return startTaskWorker({
    redis,
    log,
    name: 'messages',
    isLooking: deps.isLooking,
    prefix: MESSAGE_PREFIX,
    concurrency: mails ? CONCURRENCY : { webhook: CONCURRENCY.webhook },
    listDue: async () => {
      const now = new Date(nowMs());
      await addressMessages(db, { mails, now, limit: ADDRESSED_MAX });
      return listDueDeliveries(db, { now, mails });
    },
    work: (task) => deliver(deps, task),
  });
}
