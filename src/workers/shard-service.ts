import type { Telemetry } from 'bullmq';
import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';
import { NewerFormat } from '../domain/newer-format.ts';
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
import type { Look, Sweep } from './sweeps/sweep.ts';
import { every } from './timer.ts';

/** How soon a line that could not be started is tried again, in ms. */
const START_RETRY_MS = 500;

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
  /** Called once for every shard that this process leaves to a newer version. */
  readonly observeLeft?: ((shard: number) => void) | undefined;
  /** Receives the differences that a reconciliation found. */
  readonly observeDrift?: ((drift: readonly Drift[]) => void) | undefined;
}

/** What a worker process does for one shard. */
export interface ShardService {
  readonly shard: Shard;
  /** Redis was unavailable and may have come back with older data: forgets what was known of it. */
  invalidate(): void;
  /**
   * Checks the shard and its line, unless it is being done.
   *
   * @param rest called when nothing is left to do
   */
  attend(rest: () => void): void;
  /** Starts the sweeps that are due, each unless it is running. */
  sweep(look: Look): void;
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
 * Serves a shard: its line, and the sweeps when they are due. What it does for one shard does not
 * wait for another: on a cluster, a node that is unavailable must not stop the other nodes' shards.
 *
 * Where a shard has what only a newer version knows, this process does nothing for it any more:
 * another takes the line, as from a worker that ended, and looks at the shard, see {@link Lookout}.
 */
export function startShardService(
  deps: ServiceDeps,
  sweeps: readonly Sweep[],
  shard: Shard,
): ShardService {
  const { redis, log, lookahead, observe } = deps;
  let line: LineWorker | undefined;
  let isStopped = false;
  let isLeft = false;
  const running = new Map<string, Promise<void>>();

  const closeLine = async () => {
    const open = line;
    line = undefined;
    await open?.close();
  };
  const leave = (error: NewerFormat) => {
    if (isLeft) return;
    isLeft = true;
    deps.observeLeft?.(shard.id);
    log.error({ err: error, shard: shard.id }, 'left to a newer version: this shard is not served');
    const closed = closeLine().catch((failed: unknown) =>
      log.warn({ err: failed, shard: shard.id }, 'the line could not be closed'),
    );
    running.set('leave', closed);
  };
  /** Does something unless it is being done; an error is logged. */
  const once = (name: string, work: () => Promise<unknown>) => {
    if (isStopped || isLeft || running.has(name)) return;
    const run = work()
      .catch((error: unknown) => {
        if (error instanceof NewerFormat) leave(error);
        else log.warn({ err: error, timer: name, shard: shard.id }, 'failed, will be retried');
      })
      .then(() => void running.delete(name));
    running.set(name, run);
  };
  const attend = async (rest: () => void) => {
    await shard.check();
    if (line === undefined) {
      const decider = { redis, shard, log, lookahead, observe, onNewer: leave };
      line = await startLineWorker(redis, log, decider, deps.telemetry);
      if (isLeft) await closeLine(); // it met something newer before we had it
    } else {
      const [isDecided] = await Promise.all([line.catchUp(), line.standBy()]);
      const isIdle = await line.check();
      if (isDecided && isIdle) rest(); // a job may have left the queue undecided in between
    }
  };
  const starting = every(START_RETRY_MS, 'line', log, async () => {
    if (line === undefined) once('line', () => attend(() => undefined));
    await running.get('line');
    if (line !== undefined || isLeft) void starting.stop();
  });
  return {
    shard,
    invalidate: () => line?.invalidate(),
    attend: (rest) => (isLeft ? rest() : once('line', () => attend(rest))),
    sweep(look) {
      for (const sweep of sweeps) {
        if (sweep.isDue(look)) once(sweep.name, () => sweep.run(shard, look.nowMs));
      }
    },
    async stop() {
      isStopped = true;
      await starting.stop();
      await Promise.all(running.values());
      await closeLine();
    },
  };
}
