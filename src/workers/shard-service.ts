import type { Telemetry } from 'bullmq';
import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';
import type { Drift } from '../line/reconcile.ts';
import type { Shard } from '../line/shard.ts';
import type { Shards } from '../line/shards.ts';
import type { RedisClient } from '../redis/client.ts';
import type { DeciderDeps } from './decide.ts';
import { type LineWorker, startLineWorker } from './line.ts';
import { archiveSales } from './sweeps/archive.ts';
import { drainLeftJournals } from './sweeps/drain.ts';
import { endSales } from './sweeps/end-sales.ts';
import { expireHolds, expireLeftHolds } from './sweeps/expire.ts';
import { offerRest } from './sweeps/offer.ts';
import { reconcileShards } from './sweeps/reconcile.ts';
import type { Sweep } from './sweeps/sweep.ts';
import { every } from './timer.ts';

export interface ServiceDeps {
  readonly shards: Shards;
  readonly redis: RedisClient;
  readonly db: Db;
  readonly log: Logger;
  /** Waiting jobs that are decided together with the current one. */
  readonly lookahead: number;
  /** The process's clock, in ms since the epoch. */
  readonly nowMs: () => number;
  /** Whether orders that may have a PaymentIntent are expired by the payment worker. */
  readonly asksStripe: boolean;
  readonly observe?: DeciderDeps['observe'];
  /** Undefined where nothing is traced. */
  readonly telemetry?: Telemetry | undefined;
  /** Receives the differences that a reconciliation found. */
  readonly observeDrift?: ((drift: readonly Drift[]) => void) | undefined;
}

/** What a worker process does for one shard. */
export interface ShardService {
  /** Redis was unavailable and may have come back with older data: forgets what was known of it. */
  invalidate(): void;
  stop(): Promise<void>;
}

/** Every sweep of a worker process. */
export function listSweeps(deps: ServiceDeps): Sweep[] {
  return [
    expireHolds(deps),
    ...(deps.asksStripe ? [] : [expireLeftHolds(deps)]),
    offerRest(deps),
    endSales(deps),
    archiveSales(deps),
    drainLeftJournals(deps),
    reconcileShards(deps),
  ];
}

/**
 * Serves a shard: its line and the sweeps. Each shard has timers of its own: on a cluster, a node
 * that is unavailable must not stop the other nodes' shards.
 */
export function startShardService(
  deps: ServiceDeps,
  sweeps: readonly Sweep[],
  shard: Shard,
): ShardService {
  const { redis, log, lookahead, observe } = deps;
  let line: LineWorker | undefined;

  const serveLine = async () => {
    await shard.check();
    if (line === undefined) {
      const decider = { redis, shard, log, lookahead, observe };
      line = await startLineWorker(redis, log, decider, deps.telemetry);
    } else {
      await Promise.all([line.standBy(), line.catchUp(), line.check()]);
    }
  };
  const timers = [
    every(500, 'line', log, serveLine),
    ...sweeps.map((sweep) => every(sweep.everyMs, sweep.name, log, () => sweep.run(shard))),
  ];
  return {
    invalidate: () => line?.invalidate(),
    async stop() {
      await Promise.all(timers.map((timer) => timer.stop()));
      await line?.close();
    },
  };
}
