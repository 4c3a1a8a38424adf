import type Stripe from 'stripe';
import type { Db } from '../db/client.ts';
import { listShards } from '../db/shards.ts';
import type { MessageDeps } from '../messages/deps.ts';
import { onConnected } from '../redis/client.ts';
import { followLogs } from './history.ts';
import { startMessageWorker } from './messages.ts';
import { startPaymentWorker } from './payments.ts';
import { type Retention, removeOld } from './retention.ts';
import {
  listSweeps,
  type ServiceDeps,
  type ShardService,
  startShardService,
} from './shard-service.ts';
import { every } from './timer.ts';

const DAY_MS = 86_400_000;

export interface WorkersDeps extends Omit<ServiceDeps, 'asksStripe'> {
  /**
   * Stripe, and how long a hold waits for it after its time; without it nothing is done about
   * payments.
   */
  readonly payments?: { readonly stripe: Stripe; readonly graceMs: number } | undefined;
  /**
   * How messages are delivered, on connections to Postgres of their own where given; without it
   * nobody is told.
   */
  readonly messages?: (Pick<MessageDeps, 'mailer' | 'webhooks'> & { readonly db?: Db }) | undefined;
  /** How long is kept what nobody needs any more. */
  readonly retention: Retention;
  /** Says that this worker lives. */
  readonly heartbeat: () => Promise<void>;
}

/**
 * Everything that a worker process does: it works on the line of every shard in the table (new ones
 * too), ends holds and sales whose time is over, records journals that others left behind, compares
 * Redis with Postgres, and follows the logs, delivers messages, and once a day removes what nobody
 * needs any more. With Stripe: everything about payments.
 */
export function startWorkers(deps: WorkersDeps): { stop(): Promise<void> } {
  const { redis, db, log, shards, payments, messages, heartbeat } = deps;
  const service = { ...deps, asksStripe: payments !== undefined };
  const sweeps = listSweeps(service);
  const services = new Map<number, ShardService>();
  const serveAll = async () => {
    for (const id of await listShards(db)) {
      if (services.has(id)) continue;
      services.set(id, startShardService(service, sweeps, shards.at(id)));
      log.debug({ shard: id }, 'serving shard');
    }
  };
  onConnected(redis, () => {
    shards.invalidate();
    for (const service of services.values()) service.invalidate();
  });
  const stop = new AbortController();
  const stopping = stop.signal;
  const timers = [
    every(500, 'shards', log, serveAll),
    every(200, 'history', log, () => followLogs(db)),
    every(1_000, 'heartbeat', log, heartbeat),
    every(DAY_MS, 'retention', log, () => removeOld({ db, log, stopping }, deps.retention)),
  ];
  const paymentWorker =
    payments === undefined ? undefined : startPaymentWorker({ ...deps, ...payments });
  const messageWorker = messages && startMessageWorker({ ...deps, ...messages });
  return {
    async stop() {
      stop.abort();
      const parts = [...timers, paymentWorker, messageWorker];
      await Promise.all(parts.map((part) => part?.stop()));
      await Promise.all([...services.values()].map((service) => service.stop()));
    },
  };
}
