import type { Db } from '../../db/client.ts';
import { listOffering } from '../../db/waitlist.ts';
import type { Shard } from '../../line/shard.ts';
import { offer } from '../../redis/scripts/offer.ts';
import type { Sweep } from './sweep.ts';

/** Continues offering in sales where a script had to stop at its bound, until all is offered. */
export function offerRest({ db }: { db: Db }): Sweep {
  return {
    name: 'offer',
    isDue: (look) => look.isOffering,
    async run(shard: Shard) {
      for (let isOffering = true; isOffering; ) {
        isOffering = false;
        for (const sale of await listOffering(db, shard.id)) {
          const reply = await shard.change(offer, { sale });
          if (reply.status === 'OFFERED') isOffering = true;
        }
      }
    },
  };
}
