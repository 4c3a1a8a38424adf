import { sql } from 'kysely';
import type { Db } from '../db/client.ts';
import { releaseHold } from '../line/release-hold.ts';
import type { Shard } from '../line/shard.ts';
import type { Shards } from '../line/shards.ts';
import type { RedisClient } from '../redis/client.ts';
import { formatDeadline, parseDeadline } from '../redis/records.ts';
import { release } from '../redis/scripts/release.ts';

/** Holds that one sweep ends at most. */
const SWEEP_MAX = 500;

/**
 * Ends the holds of a shard whose time is over. The deadlines in Redis only hint at them: Postgres, which knows
 * when a hold became public, says which are due, so nothing expires while it is away. I7: each hold is
 * named by the entry that made it.
 *
 * @param deps.asksStripe leaves orders that may have a PaymentIntent to the payment worker, which asks Stripe first
 * @param nowMs this process's clock, for the hint
 * @returns how many holds it ended
 */
export async function expireHolds(
  deps: { redis: RedisClient; db: Db; asksStripe: boolean },
  shard: Shard,
  nowMs: number,
): Promise<number> {
  const { redis, db, asksStripe } = deps;
  const key = shard.keys.at(await shard.epoch()).deadlines;
  const members = await redis.zrangebyscore(key, '-inf', nowMs, 'LIMIT', 0, SWEEP_MAX);
  if (members.length === 0) return 0;

  const hints = members.map(parseDeadline);
  const orders = await db
    .selectFrom('orders')
    .leftJoin('payment_requests', 'order_id', 'orders.id')
    .select(['ticket_id', 'hold_seq', sql<boolean>`hold_expires_at <= clock_timestamp()`.as('due')])
    .select((eb) => eb('order_id', 'is not', null).as('mayHaveIntent'))
    .where(
      'ticket_id',
      'in',
      hints.map((hint) => hint.ticket),
    )
    .where('status', '=', 'held')
    .execute();
  const held = new Map(orders.map((order) => [`${order.ticket_id} ${order.hold_seq}`, order]));

  const over: string[] = [];
  let ended = 0;
  await Promise.all(
    hints.map(async (hint) => {
      const order = held.get(`${hint.ticket} ${hint.hold}`);
      if (order?.due === false) return; // its time is not over by the clock that started it
      if (order !== undefined && !(order.mayHaveIntent && asksStripe)) {
        const reply = await shard.run(
          (epoch) => release(redis, shard.keys, { epoch, ...hint, cause: 'expired' }),
          hint.sale,
        );
        if (reply.status === 'RELEASED') ended++;
      }
      over.push(formatDeadline(hint));
    }),
  );
  await shard.drain();
  if (over.length > 0) await redis.zrem(key, ...over);
  return ended;
}

/**
 * Ends the holds of a shard whose time is over and that were left to the payment worker, where there is none any more:
 * their deadlines are gone from Redis.
 */
export async function expireLeftHolds(
  deps: { redis: RedisClient; db: Db; shards: Shards },
  shard: Shard,
): Promise<void> {
  const orders = await deps.db
    .selectFrom('payment_requests')
    .innerJoin('orders', 'orders.id', 'order_id')
    .innerJoin('sales', 'sales.id', 'orders.sale_id')
    .select(['shard', 'orders.sale_id', 'ticket_id', 'hold_seq'])
    .where('shard', '=', shard.id)
    .where('closed_at', 'is', null)
    .where('orders.status', '=', 'held')
    .where('hold_expires_at', '<=', sql<Date>`clock_timestamp()`)
    .limit(SWEEP_MAX)
    .execute();
  await Promise.all(orders.map((order) => releaseHold(deps, order, 'expired')));
}
