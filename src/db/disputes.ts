import { type Selectable, sql } from 'kysely';
import { type DisputeState, disputeState, isDisputeOver } from '../domain/dispute.ts';
import type { Db } from './client.ts';
import { type News, projectMessages } from './projections/messages.ts';
import type { Database } from './schema.ts';

export type DisputeRow = Selectable<Database['disputes']>;

/**
 * Records a dispute as Stripe reported it, and the messages about it, in one transaction. An older
 * report changes nothing, and what is over stays so: events arrive in any order.
 */
export async function noteDispute(db: Db, dispute: DisputeRow): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { ticket_id: identity } = await tx
      .selectFrom('payments')
      .innerJoin('orders', 'orders.id', 'order_id')
      .select('ticket_id')
      .where('payments.id', '=', dispute.payment_id)
      .forUpdate('payments')
      .executeTakeFirstOrThrow();
    const known = await tx
      .selectFrom('disputes')
      .selectAll()
      .where('id', '=', dispute.id)
      .executeTakeFirst();
    const isOver = isDisputeOver(dispute.status);
    if (known !== undefined) {
      const isOlder = known.as_of > dispute.as_of && !isOver;
      if (isOlder || isDisputeOver(known.status)) return;
    }
    await tx
      .insertInto('disputes')
      .values(dispute)
      .onConflict((conflict) => conflict.column('id').doUpdateSet(dispute))
      .execute();
    const news: News[] = [{ kind: 'dispute.opened', identity }];
    if (isOver) news.push({ kind: 'dispute.closed', identity });
    await projectMessages(tx, news); // one of each kind exists at most
  });
}

/** The disputes of orders, by order, oldest first. */
export async function listDisputes(
  db: Db,
  orders: readonly string[],
): Promise<ReadonlyMap<string, DisputeRow[]>> {
  if (orders.length === 0) return new Map();
  const rows = await db
    .selectFrom('disputes')
    .innerJoin('payments', 'payments.id', 'payment_id')
    .selectAll('disputes')
    .select('order_id')
    .where('order_id', 'in', orders)
    .orderBy('disputes.created_at')
    .orderBy('disputes.id')
    .execute();
  return Map.groupBy(rows, (row) => row.order_id);
}

/** Disputes by who has the money, of one sale, or of all when omitted. */
export async function countDisputes(
  db: Db,
  sale?: string,
): Promise<Readonly<Record<DisputeState, number>>> {
  const ofSale = sql`
    join payments on payments.id = payment_id join orders on orders.id = order_id
    where sale_id = ${sale}`;
  const { rows } = await sql<{ status: string; count: number }>`
    select disputes.status, count(*) as count from disputes
    ${sale === undefined ? sql`` : ofSale} group by disputes.status`.execute(db);
  const counts = { open: 0, won: 0, lost: 0 };
  for (const { status, count } of rows) counts[disputeState(status)] += count;
  return counts;
}
