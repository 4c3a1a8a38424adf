import { sql } from 'kysely';
import type { Db } from '../../src/db/client.ts';
import { listDueDeliveries } from '../../src/db/deliveries.ts';
import { addressMessages } from '../../src/db/messages.ts';
import { deliver } from '../../src/messages/deliver.ts';
import type { MessageDeps } from '../../src/messages/deps.ts';

/**
 * Checks that there is exactly one message for every event that needs one, and no other. Returns
 * the violations.
 */
export async function checkMessages(db: Db, shard = 0): Promise<string[]> {
  const { rows } = await sql<{ order_id: string; kind: string; due: number; count: number }>`
    with due as (
      select orders.id as order_id, kind from orders join sales on sales.id = sale_id
      cross join lateral (values ('order.paid', paid_at is not null), ('order.offered', offered),
        ('order.refunded', status = 'refunded'), ('payment.returned', exists (
          select from payments where order_id = orders.id and outcome = 'refund')),
        ('dispute.opened', exists (
          select from disputes join payments on payments.id = payment_id
          where order_id = orders.id)),
        ('dispute.closed', exists (
          select from disputes join payments on payments.id = payment_id
          where order_id = orders.id and disputes.status in ('won', 'lost'))))
        as needed(kind, is_due)
      where shard = ${shard} and is_due),
    there as (
      select order_id, kind from messages join sales on sales.id = sale_id where shard = ${shard})
    select order_id, kind, coalesce(d.count, 0) as due, coalesce(t.count, 0) as count
    from (select order_id, kind, count(*) from due group by 1, 2) d
    full join (select order_id, kind, count(*) from there group by 1, 2) t using (order_id, kind)
    where d.count is distinct from t.count`.execute(db);
  return rows.map(({ order_id: order, kind, due, count }) => {
    return `messages: ${kind} of order ${order} is there ${count} times, not ${due}`;
  });
}

/**
 * Runs one cycle of the message workers: addresses messages and attempts what is due. Returns the
 * number of attempts.
 */
export async function deliverDue(deps: MessageDeps): Promise<number> {
  const mails = deps.mailer !== undefined;
  const now = new Date(deps.nowMs());
  await addressMessages(deps.db, { mails, now, limit: 1_000 });
  const due = await listDueDeliveries(deps.db, { now, mails });
  for (const task of due) await deliver(deps, task);
  return due.length;
}
