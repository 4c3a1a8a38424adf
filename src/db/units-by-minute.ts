import { sql } from 'kysely';
import type { Db } from './client.ts';

/** Minutes reported: the current one, and those before it. */
const MINUTES = 60;

export interface MinuteOfUnits {
  readonly minute: Date;
  readonly sold: number;
  readonly expired: number;
}

/**
 * Units that were paid for, late payments included, and units whose hold expired, in each minute of
 * the last hour, oldest first; of one sale, or of all when omitted. Minutes are by Postgres's clock
 * at recording.
 *
 * From the ledger, not from orders: an order forgets that it expired when a late payment is
 * honoured, the ledger keeps both. Only the hour is read (index inventory_ledger_ends), for which
 * the bound has to be now(): clock_timestamp() changes within a statement.
 */
export async function readUnitsByMinute(db: Db, sale?: string): Promise<MinuteOfUnits[]> {
  const ofSale =
    sale === undefined
      ? sql`true`
      : sql`product_id in (select id from products where sale_id = ${sale})`;
  const { rows } = await sql<MinuteOfUnits>`
    with hour as (
      select date_trunc('minute', now()) - ${MINUTES - 1} * interval '1 minute' as starts_at),
    ends as (
      select date_trunc('minute', at) as minute,
        sum(sold) filter (where cause in ('paid', 'retaken')) as sold,
        sum(available) filter (where cause = 'expired') as expired
      from inventory_ledger
      where at >= (select starts_at from hour) and cause in ('paid', 'retaken', 'expired')
        and ${ofSale}
      group by 1)
    select minute, coalesce(sold, 0) as sold, coalesce(expired, 0) as expired
    from hour
    cross join generate_series(0, ${MINUTES - 1}::integer) as n
    cross join lateral (select starts_at + n * interval '1 minute' as minute) as minutes
    left join ends using (minute)
    order by minute`.execute(db);
  return rows;
}
