import type { Redis } from 'ioredis';
import { sql } from 'kysely';
import type { Db } from '../db/client.ts';
import type { Shards } from '../line/shard.ts';
import { close } from '../redis/scripts/close.ts';

/**
 * How long after endsAt a batch that was accepted before it may still reach the queue: longer than the
 * commands of an API process take before they fail.
 */
const GRACE_MS = 10_000;

/** Journals the end of sales whose time is over, once the batches that were accepted before are decided. */
export class SaleEnder {
  readonly #deps: { readonly redis: Redis; readonly db: Db; readonly shards: Shards };
  /** The last job that was queued when a sale's grace was over, by sale. */
  readonly #lastJobs = new Map<string, number>();

  constructor(deps: { readonly redis: Redis; readonly db: Db; readonly shards: Shards }) {
    this.#deps = deps;
  }

  /** Ends what can be ended; what cannot yet is looked at again in the next run. */
  async run(): Promise<void> {
    const { redis, db, shards } = this.#deps;
    const over = await db
      .selectFrom('sales')
      .select(['id', 'shard'])
      .where('closed', '=', '')
      .where('ends_at', '<', sql<Date>`clock_timestamp() - ${GRACE_MS} * interval '1 millisecond'`)
      .execute();
    for (const sale of over) {
      const shard = shards.at(sale.shard);
      const queued = Number((await redis.get(shard.keys.queue('id'))) ?? 0);
      const afterJob = this.#lastJobs.get(sale.id) ?? queued;
      this.#lastJobs.set(sale.id, afterJob);
      const reply = await shard.change(
        (epoch) =>
          close(redis, shard.keys, {
            epoch,
            sale: sale.id,
            cause: 'ended',
            afterJob,
            graceMs: GRACE_MS,
          }),
        sale.id,
      );
      if (reply.status !== 'TOO_EARLY') this.#lastJobs.delete(sale.id);
    }
  }
}
