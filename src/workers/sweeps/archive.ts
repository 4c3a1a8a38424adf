import { listOverSales } from '../../db/archivable.ts';
import type { Db } from '../../db/client.ts';
import { listSpareDeadlines } from '../../db/holds.ts';
import { addCount } from '../../db/projections/counts.ts';
import { isReadyForArchive } from '../../domain/archive.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Shard } from '../../line/shard.ts';
import type { RedisClient } from '../../redis/client.ts';
import { removeDeadlines } from '../../redis/deadlines.ts';
import { readQueued } from '../../redis/line-reads.ts';
import { archive } from '../../redis/scripts/archive.ts';
import { foldThrottled } from '../../redis/throttled.ts';
import type { Sweep } from './sweep.ts';

/**
 * How long nothing has happened to a sale before it leaves Redis: most of what comes late comes
 * within it, and what comes back stays for as long.
 */
const QUIET_MS = 3_600_000;

/** Between two searches of a shard, in ms. */
const EVERY_MS = 10_000;

/** Sales archived per run at most. */
const SWEEP_MAX = 100;

/** Limits that count refusals by sale. */
const LIMITS_OF_SALES = Object.entries(LIMITS).flatMap(([name, { scope }]) =>
  scope === 'line' ? [name] : [],
);

interface ArchiveDeps {
  readonly redis: RedisClient;
  readonly db: Db;
  /** Omitted: an hour. */
  readonly quietMs?: number;
}

/**
 * Archives sales that are over: nothing of them is held, waiting, being paid or refunded. The jobs
 * that are queued when one is found ready are decided first.
 */
export function archiveSales({ redis, db, quietMs = QUIET_MS }: ArchiveDeps): Sweep {
  /** The last job that was queued when a sale was found ready, by sale. */
  const lastJobs = new Map<string, number>();
  /** When a shard is searched next, on the clock of `performance.now()`. */
  const nextAtMs = new Map<number, number>();

  return {
    name: 'archive',
    isDue: ({ shard }) => (nextAtMs.get(shard) ?? 0) <= performance.now(),
    async run(shard: Shard) {
      nextAtMs.set(shard.id, performance.now() + EVERY_MS);
      const over = (await listOverSales(db, shard.id, quietMs)).filter(isReadyForArchive);
      for (const { id: sale } of over.slice(0, SWEEP_MAX)) {
        const afterJob = lastJobs.get(sale) ?? (await readQueued(redis, shard.keys));
        lastJobs.set(sale, afterJob);
        const { status } = await shard.change(archive, { sale, afterJob });
        if (status !== 'BUSY') lastJobs.delete(sale);
        if (status === 'ARCHIVED') await forget({ redis, db }, shard, sale);
      }
    },
  };
}

/** Removes what else Redis has of an archived sale: hints and counts, which no script relies on. */
async function forget(
  { redis, db }: Omit<ArchiveDeps, 'quietMs'>,
  shard: Shard,
  sale: string,
): Promise<void> {
  const at = shard.keys.at(await shard.epoch());
  await removeDeadlines(redis, at, await listSpareDeadlines(db, sale));
  const refused = await foldThrottled(redis, sale, LIMITS_OF_SALES);
  if (refused > 0) await addCount(db, sale, 'throttled', refused);
}
