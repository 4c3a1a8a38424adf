import type Stripe from 'stripe';
import type { Db } from '../db/client.ts';
import { listShards } from '../db/shards.ts';
import type { MessageDeps } from '../messages/deps.ts';
import { onConnected } from '../redis/client.ts';
import { followLogs } from './history.ts';
import { Lookout } from './lookout.ts';
import { startMessageWorker } from './messages.ts';
import { startPaymentWorker } from './payments.ts';
import { type PublicLogOptions, PublicLogs } from './public-logs.ts';
import { type Retention, removeOld } from './retention.ts';
import {
  listSweeps,
  type ServiceDeps,
  type ShardService,
  startShardService,
} from './shard-service.ts';
import { every } from './timer.ts';

const DAY_MS = 86_400_000;

/** How often a worker that does not look learns of new shards, in ms. */
const SHARDS_MS = 5_000;

/** How often the public logs are looked at, in ms: they are to be 1 s behind at most. */
const PUBLIC_LOG_MS = 250;
const PUBLIC_LOG = 'public-log';

/** How often a worker says that it lives, in ms. */
const HEARTBEAT_MS = 2_000;

export interface WorkersDeps extends Omit<ServiceDeps, 'asksStripe'> {
  /** Stripe, and how long an expired hold waits for it; without it payments are not processed. */
  readonly payments?: { readonly stripe: Stripe; readonly graceMs: number } | undefined;
  /**
   * How messages are delivered, on Postgres connections of their own where given; without it none
   * are sent.
   */
  readonly messages?: (Pick<MessageDeps, 'mails' | 'webhooks'> & { readonly db?: Db }) | undefined;
  /** What signs and cosigns checkpoints; without it no public logs are made. */
  readonly publicLog?: PublicLogOptions | undefined;
  /** How long data that is no longer needed is kept. */
  readonly retention: Retention;
  /** Reports that this worker is alive. */
  readonly heartbeat: () => Promise<void>;
}

/**
 * Everything that a worker process does: it works on the line of every shard in the table (new ones
 * too), and once per day removes data past its retention. The one that looks for all of them (the
 * lookout) also ends expired holds and sales, records journals that others left behind, compares
 * Redis with Postgres, follows the logs, publishes those of the sales, and finds the messages and
 * payments that are due.
 */
export function startWorkers(deps: WorkersDeps): { stop(): Promise<void> } {
  const { redis, db, log, shards, payments, messages, publicLog, heartbeat } = deps;
  const service = { ...deps, asksStripe: payments !== undefined };
  const sweeps = listSweeps(service);
  const services = new Map<number, ShardService>();
  const serve = (id: number) => {
    const known = services.get(id);
    if (known !== undefined) return known;
    const started = startShardService(service, sweeps, shards.at(id));
    services.set(id, started);
    log.debug({ shard: id }, 'serving shard');
    return started;
  };
  const findsLeftHolds = !service.asksStripe;
  // Not every worker need have a key of Stripe or a mail server.
  const mail = messages?.mails === undefined ? 'messages' : 'mails';
  const tasks = [
    ...(payments === undefined ? [] : ['payments']),
    ...(publicLog === undefined ? [] : [PUBLIC_LOG]),
    ...(messages === undefined ? [] : ['messages', mail]),
  ];
  const { format } = shards;
  const lookout = new Lookout({
    ...{ redis, db, log, nowMs: deps.nowMs, findsLeftHolds, tasks, format, serve },
  });
  const looksFor = (task: string) => ({ isLooking: () => lookout.looksFor(task) });
  const stop = new AbortController();
  const stopping = stop.signal;
  const timers = [
    every(SHARDS_MS, 'shards', log, async () => (await listShards(db)).forEach(serve)),
    every(200, 'history', log, async () => {
      if (lookout.isLooking && lookout.isHistoryBehind) await followLogs(db, shards.format);
    }),
    every(HEARTBEAT_MS, 'heartbeat', log, heartbeat),
    every(DAY_MS, 'retention', log, () => removeOld({ db, log, stopping }, deps.retention)),
  ];
  if (publicLog !== undefined) {
    const publicLogs = new PublicLogs({ ...deps, ...publicLog, stopping });
    const run = async () => {
      // One that does not look for all does not know what is behind.
      const mayBeBehind = lookout.isLooking ? lookout.isPublicLogBehind : true;
      if (lookout.looksFor(PUBLIC_LOG)) await publicLogs.run(mayBeBehind);
    };
    timers.push(every(PUBLIC_LOG_MS, 'public logs', log, run));
  }
  const taskWorkers = [
    ...(payments === undefined
      ? []
      : [startPaymentWorker({ ...deps, ...payments, ...looksFor('payments') })]),
    ...(messages === undefined
      ? []
      : [startMessageWorker({ ...deps, ...messages, ...looksFor(mail) })]),
  ];
  onConnected(redis, () => {
    shards.invalidate();
    lookout.invalidate();
    for (const sweep of sweeps) sweep.invalidate?.();
    for (const service of services.values()) service.invalidate();
    for (const worker of taskWorkers) worker.reconnect();
  });
  return {
    async stop() {
      stop.abort();
      await lookout.stop();
      await Promise.all([...timers, ...taskWorkers].map((part) => part.stop()));
      await Promise.all([...services.values()].map((service) => service.stop()));
    },
  };
}
