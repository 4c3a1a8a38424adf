import { sql } from 'kysely';
import type { Db } from '../db/client.ts';
import type { Shard } from '../line/shard.ts';
import type { RedisClient } from '../redis/client.ts';
import { close } from '../redis/scripts/close.ts';

/**
 * How long after endsAt a batch that was accepted before it may still reach the queue: longer than the
 * commands of an API process take before they fail.
 */
const GRACE_MS = 10_000;

/** Journals the end of a shard's sales whose time is over, once the batches that were accepted before are decided. */
export class SaleEnder {
  readonly #deps: SaleEnderDeps;
  /** The last job that was queued when a sale's grace was over, by sale and end. */
  readonly #lastJobs = new Map<string, number>();

  constructor(deps: SaleEnderDeps) {
    this.#deps = deps;
  }

  /**
   * Ends what can be ended; what cannot yet is looked at again in the next run.
   *
   * @throws AggregateError with what went wrong, when all sales have been looked at
   */
  async run(): Promise<void> {
    const over = await this.#deps.db
      .selectFrom('sales')
      .select(['id', 'ends_at'])
      .where('shard', '=', this.#deps.shard.id)
      .where('closed', '=', '')
      .where('ends_at', '<', sql<Date>`clock_timestamp() - ${GRACE_MS} * interval '1 millisecond'`)
      .execute();
    const results = await Promise.allSettled(over.map((sale) => this.#end(sale)));
    const errors = results.flatMap((result) => (result.status === 'rejected' ? result.reason : []));
    if (errors.length > 0) throw new AggregateError(errors, 'not every sale could be ended');
  }

  async #end(sale: { id: string; ends_at: Date }): Promise<void> {
    const { redis, shard } = this.#deps;
    const name = `${sale.id} ${sale.ends_at.getTime()}`; // an edit gives the sale another end
    const queued = Number((await redis.get(shard.keys.queue('id'))) ?? 0);
    const afterJob = this.#lastJobs.get(name) ?? queued;
    this.#lastJobs.set(name, afterJob);
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
      (made) => made.k === 'close' && made.sale === sale.id,
    );
    if (reply.status !== 'TOO_EARLY') this.#lastJobs.delete(name);
  }
}

export interface SaleEnderDeps {
  readonly redis: RedisClient;
  readonly db: Db;
  readonly shard: Shard;
}
