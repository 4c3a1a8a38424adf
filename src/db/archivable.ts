import { sql } from 'kysely';
import type { ArchiveState } from '../domain/archive.ts';
import type { Db } from './client.ts';

/** A sale that is over, with what decides whether it can be archived. */
export interface OverSale extends ArchiveState {
  readonly id: string;
}

/**
 * The sales of a shard that Redis has, that are closed, and to which nothing has happened for
 * `quietMs` by Postgres's clock.
 */
export async function listOverSales(db: Db, shard: number, quietMs: number): Promise<OverSale[]> {
  const { rows } = await sql<OverSale>`
    select sales.id, true as "isClosed",
      (select count(*) from orders
        where sale_id = sales.id and status = 'held') as holds,
      (select count(*) from waitlist
        where sale_id = sales.id and status = 'waitlisted') as waiting,
      (select count(*) from orders join payment_requests as request on order_id = orders.id
        where sale_id = sales.id and closed_at is null)
        + (select count(*) from orders join payments on order_id = orders.id
          where sale_id = sales.id and payments.status = 'succeeded' and outcome is null)
        as "openPayments",
      (select count(*) from orders join payments on order_id = orders.id
          join refunds on payment_id = payments.id
        where sale_id = sales.id and done_at is null) as "openRefunds",
      coalesce(history.seq, 0) < last_seq as "isHistoryBehind"
    from sales join log on log.shard = sales.shard and log.seq = last_seq
    left join history on history.shard = sales.shard
    where sales.shard = ${shard} and archived_seq is null and closed <> ''
      and recorded_at < clock_timestamp() - ${quietMs} * interval '1 millisecond'`.execute(db);
  return rows;
}
