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
  /** Stripe, and how long an expired hold waits for it; without it payments are not processed. */
  readonly payments?: { readonly stripe: Stripe; readonly graceMs: number } | undefined;
  /**
   * How messages are delivered, on Postgres connections of their own where given; without it none
   * are sent.
   */
  readonly messages?: (Pick<MessageDeps, 'mails' | 'webhooks'> & { readonly db?: Db }) | undefined;
  /** How long data that is no longer needed is kept. */
  readonly retention: Retention;
  /** Reports that this worker is alive. */
  readonly heartbeat: () => Promise<void>;
}

/**
 * Everything that a worker process does: it works on the line of every shard in the table (new ones
 * too), ends expired holds and sales, records journals that others left behind, compares Redis with
 * Postgres, follows the logs, delivers messages, and once per day removes data past its retention.
 * With Stripe it also processes payments.
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
