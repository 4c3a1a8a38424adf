import { listShards } from '../db/shards.ts';
import type { Shards } from '../line/shards.ts';
import { onConnected } from '../redis/client.ts';
import { followLogs } from './history.ts';
import { type ServiceDeps, type ShardService, startShardService } from './shard-service.ts';
import { every } from './timer.ts';

export interface WorkersDeps extends ServiceDeps {
  readonly shards: Shards;
  /** Says that this worker lives. */
  readonly heartbeat: () => Promise<void>;
}

/**
 * Everything that a worker process does: it works on the line of every shard in the table (new ones too), ends
 * holds and sales whose time is over, records journals that others left behind, compares Redis with Postgres, and
 * follows the logs.
 */
export function startWorkers(deps: WorkersDeps): { stop(): Promise<void> } {
  const { redis, db, log, shards, heartbeat } = deps;
  const services = new Map<number, ShardService>();
  const serveAll = async () => {
    for (const id of await listShards(db)) {
      if (services.has(id)) continue;
      services.set(id, startShardService(deps, shards.at(id)));
      log.debug({ shard: id }, 'serving shard');
    }
  };
  onConnected(redis, () => {
    shards.distrust();
    for (const service of services.values()) service.distrust();
  });
  const timers = [
    every(500, 'shards', log, serveAll),
    every(200, 'history', log, () => followLogs(db)),
    every(1_000, 'heartbeat', log, heartbeat),
  ];
  return {
    async stop() {
      await Promise.all(timers.map((timer) => timer.stop()));
      await Promise.all([...services.values()].map((service) => service.stop()));
    },
  };
}
