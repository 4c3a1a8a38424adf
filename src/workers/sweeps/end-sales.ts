import type { Db } from '../../db/client.ts';
import { listEndedSales } from '../../db/shard-sales.ts';
import type { Shard } from '../../line/shard.ts';
import type { RedisClient } from '../../redis/client.ts';
import { readQueued } from '../../redis/line-reads.ts';
import { close } from '../../redis/scripts/close.ts';
import type { Sweep } from './sweep.ts';

/**
 * How long after endsAt a batch that was accepted before it may still reach the queue: longer than
 * the commands of an API process take before they fail.
 */
export const GRACE_MS = 10_000;

/**
 * Journals the end of sales whose end has passed, once the batches that were accepted before it are
 * decided. A sale that cannot be ended yet is retried in the next run; an error for one sale does
 * not stop the others (AggregateError).
 */
export function endSales({ redis, db }: { redis: RedisClient; db: Db }): Sweep {
  /** The last job that was queued when a sale's grace period ended, by sale and end. */
  const lastJobs = new Map<string, number>();

  const end = async (shard: Shard, sale: { id: string; endsAt: Date }) => {
    const name = `${sale.id} ${sale.endsAt.getTime()}`; // an edit gives the sale another end
    const afterJob = lastJobs.get(name) ?? (await readQueued(redis, shard.keys));
    lastJobs.set(name, afterJob);
    const ended = { sale: sale.id, cause: 'ended', afterJob, graceMs: GRACE_MS } as const;
    const reply = await shard.change(close, ended);
    if (reply.status !== 'TOO_EARLY') lastJobs.delete(name);
  };

  return {
    name: 'end-sales',
    isDue: (look) => look.hasEnded,
    async run(shard: Shard) {
      const over = await listEndedSales(db, shard.id, GRACE_MS);
      const results = await Promise.allSettled(over.map((sale) => end(shard, sale)));
      const errors = results.flatMap((each) => (each.status === 'rejected' ? each.reason : []));
      if (errors.length > 0) throw new AggregateError(errors, 'not every sale could be ended');
    },
  };
}
