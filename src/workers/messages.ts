import { listDueDeliveries } from '../db/deliveries.ts';
import { addressMessages } from '../db/messages.ts';
import { deliver } from '../messages/deliver.ts';
import type { MessageDeps } from '../messages/deps.ts';
import type { RedisClient } from '../redis/client.ts';
import { MESSAGE_PREFIX } from '../redis/keys.ts';
import { startTaskWorker } from './tasks.ts';
import type { Timer } from './timer.ts';

/**
 * Deliveries that a process does at once. All but nothing of it is work of ours; webhooks have room
 * for several endpoints that hang, see `listDueDeliveries`.
 */
const CONCURRENCY = { mail: 10, webhook: 100 };

/** Connections to Postgres that messages need: the line's are not theirs to wait for. */
export const MESSAGE_CONNECTIONS = 4;

/** Messages that one statement addresses. */
const ADDRESSED_MAX = 500;

/** Finds out to whom messages go, and delivers them. Any number of processes may do so. */
export function startMessageWorker(deps: MessageDeps & { readonly redis: RedisClient }): Timer {
  const { redis, db, log, nowMs, mailer } = deps;
  const mails = mailer !== undefined;
  return startTaskWorker({
    redis,
    log,
    name: 'messages',
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
