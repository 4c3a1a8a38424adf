import { sql } from 'kysely';
import type { Deadline } from '../domain/deadline.ts';
import type { Db } from './client.ts';

/** Active holds of tickets, and whether they have expired by Postgres's clock. */
export function findDueHolds(db: Db, tickets: readonly string[]) {
  return db
    .selectFrom('orders')
    .leftJoin('payment_requests', 'order_id', 'orders.id')
    .select(['ticket_id', 'hold_seq'])
    .select(sql<boolean>`hold_expires_at <= clock_timestamp()`.as('isDue'))
    .select((eb) => eb('order_id', 'is not', null).as('mayHaveIntent'))
    .where('ticket_id', 'in', tickets)
    .where('status', '=', 'held')
    .execute();
}

/** Up to `limit` expired holds of a shard that only the payment worker would end. */
export function listLeftHolds(db: Db, shard: number, limit: number) {
  return db
    .selectFrom('payment_requests')
    .innerJoin('orders', 'orders.id', 'order_id')
    .innerJoin('sales', 'sales.id', 'orders.sale_id')
    .select(['shard', 'orders.sale_id', 'ticket_id', 'hold_seq'])
    .where('shard', '=', shard)
    .where('closed_at', 'is', null)
    .where('orders.status', '=', 'held')
    .where('hold_expires_at', '<=', sql<Date>`clock_timestamp()`)
    .limit(limit)
    .execute();
}

/** When the holds of a shard end that entry `fromSeq` or a later one made. */
export async function listHoldsSince(db: Db, shard: number, fromSeq: number): Promise<Deadline[]> {
  const rows = await db
    .selectFrom('orders')
    .innerJoin('sales', 'sales.id', 'orders.sale_id')
    .select(['sale_id', 'ticket_id', 'hold_seq', 'hold_expires_at'])
    .where('sales.shard', '=', shard)
    .where('hold_seq', '>=', fromSeq)
    .where('status', '=', 'held')
    .execute();
  return rows.map((hold) => ({
    sale: hold.sale_id,
    identity: hold.ticket_id,
    holdSeq: hold.hold_seq,
    atMs: hold.hold_expires_at.getTime(),
  }));
}

/** The deadlines of a sale's holds that ended before their time. */
export async function listSpareDeadlines(
  db: Db,
  sale: string,
): Promise<{ sale: string; identity: string; holdSeq: number }[]> {
  const rows = await db
    .selectFrom('orders')
    .select(['ticket_id', 'hold_seq'])
    .where('sale_id', '=', sale)
    .where('status', '!=', 'held')
    .where('hold_expires_at', '>', sql<Date>`clock_timestamp()`)
    .execute();
  return rows.map((hold) => ({ sale, identity: hold.ticket_id, holdSeq: hold.hold_seq }));
}
