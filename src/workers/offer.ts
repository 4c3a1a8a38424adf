import type { Db } from '../db/client.ts';
import { listOffering } from '../db/waitlist.ts';
import type { Shards } from '../line/shard.ts';
import type { RedisClient } from '../redis/client.ts';
import { offer } from '../redis/scripts/offer.ts';

/** Goes on offering in the sales where a script had to stop at its bound, until all of it is offered. */
export async function offerRest(deps: {
  readonly redis: RedisClient;
  readonly db: Db;
  readonly shards: Shards;
}): Promise<void> {
  const { redis, db, shards } = deps;
  for (let isOffering = true; isOffering; ) {
    isOffering = false;
    for (const { id, shard: number } of await listOffering(db)) {
      const shard = shards.at(number);
      const change = (epoch: number) => offer(redis, shard.keys, { epoch, sale: id });
      if ((await shard.change(change, id)).status === 'OFFERED') isOffering = true;
    }
  }
}
