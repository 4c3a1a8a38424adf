import { sql } from 'kysely';
import { type Backoff, nextTryAt } from './backoff.ts';
import type { Db } from './client.ts';

export const TASK_KINDS = ['event', 'order', 'refund'] as const;

/**
 * A payment task: an event to apply, an order that has expired or ended, a refund. It is
 * due until it is done: the tables are the source of truth, the queue only assigns it to a worker.
 */
export interface PaymentTask {
  readonly name: (typeof TASK_KINDS)[number];
  /** The event, the order, the refund. */
  readonly id: string;
}

/** Up to `limit` due tasks of each kind, the longest waiting first. */
export async function listDueTasks(db: Db, limit: number): Promise<PaymentTask[]> {
  const { rows } = await sql<PaymentTask>`
    (select 'event' as name, id from webhook_events
      where applied_at is null and next_try_at <= clock_timestamp()
        order by next_try_at limit ${limit})
    union all
    (select 'order', order_id from payment_requests
      where closed_at is null and next_try_at <= clock_timestamp()
        order by next_try_at limit ${limit})
    union all
    (select 'refund', id from refunds
      where done_at is null and next_try_at <= clock_timestamp()
        order by next_try_at limit ${limit})`.execute(db);
  return rows;
}

const TABLES = {
  event: { table: 'webhook_events', id: 'id' },
  order: { table: 'payment_requests', id: 'order_id' },
  refund: { table: 'refunds', id: 'id' },
} as const;

/**
 * Postpones a task.
 *
 * @param seen its due time as known to the caller; does nothing when the task was brought forward
 *   meanwhile
 */
export async function postponeTask(
  db: Db,
  { name, id }: PaymentTask,
  backoff: Backoff,
  seen?: Date,
): Promise<void> {
  const { table, id: column } = TABLES[name];
  await sql`
    update ${sql.table(table)} set tries = tries + 1, next_try_at = ${nextTryAt(backoff)}
    where ${sql.ref(column)} = ${id}
      and (${seen ?? null}::timestamptz is null
        or date_trunc('milliseconds', next_try_at) = ${seen ?? null})`.execute(db);
}

/** A number of tasks that ended because they could never succeed. */
export interface EndedTasks {
  readonly kind: PaymentTask['name'];
  /** Stripe's code of an event, ours of a refund, `missing` for a payment that Stripe lost. */
  readonly reason: string;
  readonly count: number;
}

/** The number of tasks that ended because they could never succeed, by kind and reason. */
export async function countEndedTasks(db: Db): Promise<readonly EndedTasks[]> {
  const { rows } = await sql<EndedTasks>`
    select 'event' as kind, substr(result, 7) as reason, count(*) as count
    from webhook_events where result like 'ended:%' group by result
    union all
    select 'refund', end_reason, count(*) from refunds where status = 'ended' group by end_reason
    union all
    select 'order', status, count(*) from payments
    where status = 'missing' group by status`.execute(db);
  return rows;
}

/** The number of pending tasks, by kind. */
export async function countOpenTasks(db: Db): Promise<ReadonlyMap<PaymentTask['name'], number>> {
  const { rows } = await sql<{ name: PaymentTask['name']; count: number }>`
    select 'event' as name, count(*) as count from webhook_events where applied_at is null
    union all
    select 'order', count(*) from payment_requests join orders on orders.id = order_id
    where closed_at is null and hold_expires_at <= clock_timestamp()
    union all
    select 'refund', count(*) from refunds where done_at is null`.execute(db);
  return new Map(rows.map(({ name, count }) => [name, count]));
}
