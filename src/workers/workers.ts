import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';
import { listShards } from '../db/shards.ts';
import type { Drift } from '../line/reconcile.ts';
import type { Shards } from '../line/shard.ts';
import { onConnected, type RedisClient } from '../redis/client.ts';
import type { DeciderDeps } from './decide.ts';
import { DrainWatch } from './drain.ts';
import { SaleEnder } from './end-sales.ts';
import { expireHolds } from './expire.ts';
import { followLogs } from './history.ts';
import { type LineWorker, startLineWorker } from './line.ts';
import { offerRest } from './offer.ts';
import { Reconciler } from './reconcile.ts';
import { every } from './timer.ts';

export interface WorkersDeps {
  readonly redis: RedisClient;
  readonly db: Db;
  readonly log: Logger;
  readonly shards: Shards;
  readonly lookahead: number;
  /** The process's clock, in ms since the epoch. */
  readonly nowMs: () => number;
  readonly observe?: DeciderDeps['observe'];
  /** Gets what a reconciliation found to differ. */
  readonly observeDrift?: (drift: readonly Drift[]) => void;
  /** Says that this worker lives. */
  readonly heartbeat: () => Promise<void>;
}

/**
 * Everything that a worker process does: it works on the line of every shard in the table (new ones too), ends
 * holds and sales whose time is over, records journals that others left behind, compares Redis with Postgres, and
 * follows the logs.
 */
export function startWorkers(deps: WorkersDeps): { stop(): Promise<void> } {
  const { redis, db, log, shards, lookahead, nowMs, observe, observeDrift, heartbeat } = deps;
  const lines = new Map<number, LineWorker>();
  onConnected(redis, () => shards.distrust());
  const ender = new SaleEnder({ redis, db, shards });
  const drains = new DrainWatch({ redis, nowMs });
  const reconciler = new Reconciler({ redis, db, log, observe: observeDrift });

  const serve = async (id: number) => {
    const shard = shards.at(id);
    await shard.check();
    const known = lines.get(id);
    if (known !== undefined) {
      await Promise.all([known.standBy(), known.catchUp()]);
      return;
    }
    const options = observe === undefined ? {} : { observe };
    lines.set(id, await startLineWorker(redis, log, { redis, shard, log, lookahead, ...options }));
    log.debug({ shard: id }, 'serving shard');
  };
  const serveAll = async () => {
    // Settled, not raced: a run that ends early would let the next one start a line twice.
    const results = await Promise.allSettled((await listShards(db)).map(serve));
    const errors = results.flatMap((result) => (result.status === 'rejected' ? result.reason : []));
    if (errors.length > 0) throw new AggregateError(errors, 'not every shard is served');
  };
  const eachLine = async (work: (line: LineWorker) => Promise<unknown>) => {
    await Promise.all([...lines.values()].map(work));
  };

  const timers = [
    every(500, 'shards', log, serveAll),
    every(250, 'expire', log, () =>
      eachLine((line) => expireHolds({ redis, db }, line.shard, nowMs())),
    ),
    every(250, 'offer', log, () => offerRest({ redis, db, shards })),
    every(500, 'drain', log, () => eachLine((line) => drains.look(line.shard))),
    every(1_000, 'reconcile', log, () => eachLine((line) => reconciler.look(line.shard))),
    every(1_000, 'end-sales', log, () => ender.run()),
    every(200, 'history', log, () => followLogs(db)),
    every(1_000, 'heartbeat', log, heartbeat),
  ];
  return {
    async stop() {
      await Promise.all(timers.map((timer) => timer.stop()));
      await Promise.all([...lines.values()].map((line) => line.close()));
    },
  };
}
