import { sql } from 'kysely';
import type { Db } from '../../src/db/client.ts';
import { listDueDeliveries } from '../../src/db/deliveries.ts';
import { addressMessages } from '../../src/db/messages.ts';
import { deliver } from '../../src/messages/deliver.ts';
import type { MessageDeps } from '../../src/messages/deps.ts';
import { Mailer } from '../../src/messages/mailer.ts';

/**
 * Checks that there is exactly one message for every event that needs one, and no other. Returns
 * the violations.
 */
export async function checkMessages(db: Db, shard = 0): Promise<string[]> {
  const { rows } = await sql<{ subject: string; kind: string; due: number; count: number }>`
    with due as (
      select orders.id as subject, kind from orders join sales on sales.id = sale_id
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
      where shard = ${shard} and is_due
      union all
      select ticket_id, 'waitlist.ended' from waitlist join sales on sales.id = sale_id
      join log using (shard, seq)
      where shard = ${shard} and waitlist.status = 'sold_out' and kind = 'close'),
    there as (
      select coalesce(order_id, ticket_id) as subject, kind
      from messages join sales on sales.id = sale_id where shard = ${shard})
    select subject, kind, coalesce(d.count, 0) as due, coalesce(t.count, 0) as count
    from (select subject, kind, count(*) from due group by 1, 2) d
    full join (select subject, kind, count(*) from there group by 1, 2) t using (subject, kind)
    where d.count is distinct from t.count`.execute(db);
  return rows.map(({ subject, kind, due, count }) => {
    const what = kind === 'waitlist.ended' ? 'ticket' : 'order';
    return `messages: ${kind} of ${what} ${subject} is there ${count} times, not ${due}`;
  });
}

/** What sends mails to a server, for a shop at `https://shop.example`; without a limit. */
export function mailsTo(
  { url }: { readonly url: string },
  perAddress = 0,
): NonNullable<MessageDeps['mails']> {
  const mailer = new Mailer({ url, from: 'Shop <tickets@shop.example>' });
  return { mailer, publicUrl: 'https://shop.example', perAddress };
}

/**
 * Runs one cycle of the message workers: addresses messages and attempts what is due. Returns the
 * number of attempts.
 */
export async function deliverDue(deps: MessageDeps): Promise<number> {
  const mails = deps.mails !== undefined;
  const now = new Date(deps.nowMs());
  await addressMessages(deps.db, { mails, now, limit: 1_000 });
  const due = await listDueDeliveries(deps.db, { now, mails });
  for (const task of due) await deliver(deps, task);
  return due.length;
}
