import { sql } from 'kysely';
import type { Db } from './client.ts';

/** Refunds by status, and what is due about payments by its kind, see payment-tasks.ts. */
export async function readPaymentMetrics(db: Db): Promise<{
  readonly refundsByStatus: ReadonlyMap<string, number>;
  readonly openByKind: ReadonlyMap<string, number>;
}> {
  const [refunds, tasks] = await Promise.all([
    sql<Row>`select status as name, count(*) as count from refunds group by status`.execute(db),
    sql<Row>`
      select 'event' as name, count(*) as count from webhook_events where applied_at is null
      union all
      select 'order', count(*) from payment_requests join orders on orders.id = order_id
      where closed_at is null and hold_expires_at <= clock_timestamp()
      union all
      select 'refund', count(*) from refunds where done_at is null`.execute(db),
  ]);
  return { refundsByStatus: byName(refunds.rows), openByKind: byName(tasks.rows) };
}

interface Row {
  readonly name: string;
  readonly count: number;
}

function byName(rows: readonly Row[]): Map<string, number> {
  return new Map(rows.map(({ name, count }) => [name, count]));
}
