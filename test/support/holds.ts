import { sql } from 'kysely';
import { formatDeadline } from '../../src/redis/records.ts';
import type { TestSystem } from './system.ts';

/**
 * Moves the end of a hold to this moment, in Postgres, which knows when holds end, and in Redis,
 * which hints at it: what its end brings about is left to the workers.
 */
export async function endHold(
  { db, redis, shards }: Pick<TestSystem, 'db' | 'redis' | 'shards'>,
  orderId: string,
): Promise<void> {
  const order = await db
    .updateTable('orders')
    .set({ hold_expires_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', orderId)
    .returning(['sale_id', 'ticket_id', 'hold_seq', 'hold_expires_at'])
    .executeTakeFirstOrThrow();
  await db
    .updateTable('payment_requests')
    .set({ next_try_at: order.hold_expires_at })
    .where('order_id', '=', orderId)
    .where('closed_at', 'is', null)
    .execute();
  const sale = await db
    .selectFrom('sales')
    .select('shard')
    .where('id', '=', order.sale_id)
    .executeTakeFirstOrThrow();
  const shard = shards.at(sale.shard);
  const { deadlines } = shard.keys.at(await shard.epoch());
  const deadline = formatDeadline({
    sale: order.sale_id,
    identity: order.ticket_id,
    holdSeq: order.hold_seq,
  });
  await redis.zadd(deadlines, 'XX', String(order.hold_expires_at.getTime()), deadline);
}
