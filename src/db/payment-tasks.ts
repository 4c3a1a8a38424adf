import { sql } from 'kysely';
import type { Db } from './client.ts';

/**
 * Something to do about payments: an event to apply, an order whose time is over or that has ended, a payment that goes
 * back. It stays due until it is done: the tables are the truth, the queue only says who does it.
 */
export interface PaymentTask {
  readonly name: 'event' | 'order' | 'refund';
  /** The event, the order, the payment. */
  readonly id: string;
}

/** Up to `limit` tasks of each kind whose time has come, the longest waiting first. */
export async function listDueTasks(db: Db, limit: number): Promise<PaymentTask[]> {
  const { rows } = await sql<PaymentTask>`
    (select 'event' as name, id from webhook_events
      where applied_at is null and next_try_at <= clock_timestamp() order by next_try_at limit ${limit})
    union all
    (select 'order', order_id from payment_requests
      where closed_at is null and next_try_at <= clock_timestamp() order by next_try_at limit ${limit})
    union all
    (select 'refund', payment_id from refunds
      where done_at is null and next_try_at <= clock_timestamp() order by next_try_at limit ${limit})`.execute(
    db,
  );
  return rows;
}

const TABLES = {
  event: { table: 'webhook_events', id: 'id' },
  order: { table: 'payment_requests', id: 'order_id' },
  refund: { table: 'refunds', id: 'payment_id' },
} as const;

/**
 * Puts a task off.
 *
 * @param delayMs for how long, by how often it was tried before
 */
export async function postponeTask(
  db: Db,
  { name, id }: PaymentTask,
  delayMs: (tries: number) => number,
): Promise<void> {
  const { table, id: column } = TABLES[name];
  const { rows } = await sql<{ tries: number }>`
    update ${sql.table(table)} set tries = tries + 1 where ${sql.ref(column)} = ${id} returning tries`.execute(
    db,
  );
  const ms = delayMs((rows[0]?.tries ?? 1) - 1);
  await sql`
    update ${sql.table(table)} set next_try_at = clock_timestamp() + ${ms}::integer * interval '1 millisecond'
    where ${sql.ref(column)} = ${id}`.execute(db);
}
