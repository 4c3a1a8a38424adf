import type { Telemetry } from 'bullmq';
import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';
import type { Drift } from '../line/reconcile.ts';
import type { Shard } from '../line/shard.ts';
import type { Shards } from '../line/shards.ts';
import type { RedisClient } from '../redis/client.ts';
import type { DeciderDeps } from './decide.ts';
import { DrainWatch } from './drain.ts';
import { SaleEnder } from './end-sales.ts';
import { expireHolds, expireLeftHolds } from './expire.ts';
import { type LineWorker, startLineWorker } from './line.ts';
import { offerRest } from './offer.ts';
import { Reconciler } from './reconcile.ts';
import { every } from './timer.ts';

export interface ServiceDeps {
  readonly shards: Shards;
  readonly redis: RedisClient;
  readonly db: Db;
  readonly log: Logger;
  /** Waiting jobs that are decided together with the one in hand. */
  readonly lookahead: number;
  /** The process's clock, in ms since the epoch. */
  readonly nowMs: () => number;
  /** Orders that may have a PaymentIntent expire by the payment worker. */
  readonly asksStripe: boolean;
  readonly observe?: DeciderDeps['observe'];
  /** Undefined where nothing is traced. */
  readonly telemetry?: Telemetry | undefined;
  /** Gets what a reconciliation found to differ. */
  readonly observeDrift?: ((drift: readonly Drift[]) => void) | undefined;
}

/** What a worker process does for one shard. */
export interface ShardService {
  /** Looks at Redis anew: it was away, and may have come back older than it was. */
  distrust(): void;
  stop(): Promise<void>;
}

/**
 * Serves a shard: its line, the holds whose time is over, sales that end, a journal that was left behind,
 * the comparison with Postgres. Each shard has timers of its own: on a cluster, a node that is away must not stop the others' shards.
 */
export function startShardService(deps: ServiceDeps, shard: Shard): ShardService {
  const { redis, db, log, shards, lookahead, nowMs, asksStripe, observe, observeDrift } = deps;
  const drains = new DrainWatch({ redis, nowMs });
  const reconciler = new Reconciler({ redis, db, log, observe: observeDrift });
  const ender = new SaleEnder({ redis, db, shard });
  let line: LineWorker | undefined;

  const serveLine = async () => {
    await shard.check();
    if (line === undefined) {
      const decider = { redis, shard, log, lookahead, observe };
      line = await startLineWorker(redis, log, decider, deps.telemetry);
    } else {
      await Promise.all([line.standBy(), line.catchUp(), line.look()]);
    }
  };
  const timers = [
    every(500, 'line', log, serveLine),
    every(250, 'expire', log, () => expireHolds({ redis, db, asksStripe }, shard, nowMs())),
    ...(asksStripe
      ? []
      : [every(1_000, 'expire-left', log, () => expireLeftHolds({ redis, db, shards }, shard))]),
    every(250, 'offer', log, () => offerRest({ redis, db }, shard)),
    every(1_000, 'end-sales', log, () => ender.run()),
    every(500, 'drain', log, () => drains.look(shard)),
    every(1_000, 'reconcile', log, () => reconciler.look(shard)),
  ];
  return {
    distrust: () => line?.distrust(),
    async stop() {
      await Promise.all(timers.map((timer) => timer.stop()));
      await line?.close();
    },
  };
}
