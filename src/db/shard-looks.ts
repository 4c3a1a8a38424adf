import { sql } from 'kysely';
import type { Db } from './client.ts';

/** What Postgres knows to be due in a shard. */
export interface ShardDue {
  readonly shard: number;
  readonly epoch: number;
  /** The last entry of the log. */
  readonly seq: number;
  /** Postgres's clock, in ms since the epoch. */
  readonly nowMs: number;
  /** The history is behind the log. */
  readonly isHistoryBehind: boolean;
  /** A public log of the shard is behind the log. */
  readonly isPublicLogBehind: boolean;
  /** A sale has ended, and its end is not journaled. */
  readonly hasEnded: boolean;
  /** Offering stopped at its bound. */
  readonly isOffering: boolean;
  /** A hold is over that was left to a payment worker. */
  readonly hasLeftHolds: boolean;
}

/**
 * What is due in every shard.
 *
 * @param options.graceMs how long after its end a sale counts as ended
 * @param options.left whether to look for holds that were left to a payment worker
 */
export async function listShardsDue(
  db: Db,
  { graceMs, left }: { readonly graceMs: number; readonly left: boolean },
): Promise<ShardDue[]> {
  const { rows } = await sql<ShardDue>`
    select shards.shard, shards.epoch, log_seq as seq,
      extract(epoch from clock_timestamp())::float8 * 1000 as "nowMs",
      log_seq > coalesce(history.seq, 0) as "isHistoryBehind",
      log_seq > coalesce(public_log_cursors.seq, 0) as "isPublicLogBehind",
      coalesce("hasEnded", false) as "hasEnded", coalesce("isOffering", false) as "isOffering",
      shards.shard in (
        select sales.shard from payment_requests
        join orders on orders.id = order_id join sales on sales.id = orders.sale_id
        where ${left} and closed_at is null and orders.status = 'held'
          and hold_expires_at <= clock_timestamp()
      ) as "hasLeftHolds"
    from shards
    left join history on history.shard = shards.shard
    left join public_log_cursors on public_log_cursors.shard = shards.shard
    left join (
      select shard, bool_or(closed = '' and ends_at < clock_timestamp()
          - ${graceMs} * interval '1 millisecond') as "hasEnded", bool_or(offering) as "isOffering"
      from sales
      where offering or closed = ''
        and ends_at < clock_timestamp() - ${graceMs} * interval '1 millisecond'
      group by shard
    ) as due on due.shard = shards.shard
    order by shards.shard`.execute(db);
  return rows;
}
