import type { ReleaseCause } from '../domain/entry.ts';
import type { RedisClient } from '../redis/client.ts';
import { release } from '../redis/scripts/release.ts';
import type { Shards } from './shards.ts';

/** The hold of an order, named by the entry that made it (I7). */
export interface HoldOfOrder {
  readonly shard: number;
  readonly sale_id: string;
  readonly ticket_id: string;
  readonly hold_seq: number;
}

/**
 * Ends a hold that is not paid. What became of it is public when this returns, also where something else ended it first.
 */
export async function releaseHold(
  { redis, shards }: { readonly redis: RedisClient; readonly shards: Shards },
  order: HoldOfOrder,
  cause: ReleaseCause,
): Promise<void> {
  const { sale_id: sale, ticket_id: ticket, hold_seq: hold } = order;
  const shard = shards.at(order.shard);
  const reply = await shard.change(
    (epoch) => release(redis, shard.keys, { epoch, sale, ticket, hold, cause }),
    sale,
    (made) => made.k === 'release' && made.ticket === ticket && made.hold === hold,
  );
  if (reply.status === 'GONE') await shard.drain();
}
