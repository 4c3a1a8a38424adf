import type { Db } from '../db/client.ts';
import { listOffering } from '../db/waitlist.ts';
import type { Shard } from '../line/shard.ts';
import type { RedisClient } from '../redis/client.ts';
import { offer } from '../redis/scripts/offer.ts';

/** Goes on offering in the sales of a shard where a script had to stop at its bound, until all of it is offered. */
export async function offerRest(
  { redis, db }: { readonly redis: RedisClient; readonly db: Db },
  shard: Shard,
): Promise<void> {
  for (let isOffering = true; isOffering; ) {
    isOffering = false;
    for (const sale of await listOffering(db, shard.id)) {
      const reply = await shard.change(
        (epoch) => offer(redis, shard.keys, { epoch, sale }),
        sale,
        (made) => made.k === 'offer' && made.sale === sale,
      );
      if (reply.status === 'OFFERED') isOffering = true;
    }
  }
}
