import type { Db } from '../../db/client.ts';
import { findDueHolds, listLeftHolds } from '../../db/holds.ts';
import { releaseHold } from '../../line/release-hold.ts';
import type { Shard } from '../../line/shard.ts';
import type { Shards } from '../../line/shards.ts';
import type { RedisClient } from '../../redis/client.ts';
import { listDeadlines, removeDeadlines } from '../../redis/deadlines.ts';
import { release } from '../../redis/scripts/release.ts';
import type { Sweep } from './sweep.ts';

/** Holds ended at once at most. */
const SWEEP_MAX = 500;

interface ExpireDeps {
  readonly redis: RedisClient;
  readonly db: Db;
  /** Leaves orders that may have a PaymentIntent to the payment worker, which asks Stripe first. */
  readonly asksStripe: boolean;
}

/**
 * Ends expired holds. The deadlines in Redis are only hints: Postgres, which knows when a hold
 * became public, says which are due, so nothing expires while it is unavailable. I7: each hold is
 * named by the entry that made it.
 */
export function expireHolds(deps: ExpireDeps): Sweep {
  return {
    name: 'expire',
    isDue: (look) => look.isDeadlineOver,
    async run(shard: Shard) {
      while ((await expireSome(deps, shard)) === SWEEP_MAX);
    },
  };
}

/** Ends the holds that are over, of the first deadlines. Returns how many it dealt with. */
async function expireSome({ redis, db, asksStripe }: ExpireDeps, shard: Shard): Promise<number> {
  const at = shard.keys.at(await shard.epoch());
  const hints = await listDeadlines(redis, at, SWEEP_MAX);
  if (hints.length === 0) return 0;
  const holds = await findDueHolds(
    db,
    hints.map((hint) => hint.identity),
  );
  const held = new Map(holds.map((hold) => [`${hold.ticket_id} ${hold.hold_seq}`, hold]));

  const over: typeof hints = [];
  await Promise.all(
    hints.map(async (hint) => {
      const hold = held.get(`${hint.identity} ${hint.holdSeq}`);
      if (hold?.isDue === false) return; // not expired by the clock that started it
      if (hold !== undefined && !(hold.mayHaveIntent && asksStripe)) {
        await shard.run(release, { ...hint, cause: 'expired' });
      }
      over.push(hint);
    }),
  );
  await shard.drain();
  await removeDeadlines(redis, at, over);
  return over.length;
}

/**
 * Ends expired holds that were left to the payment worker, in a deployment that no longer has one:
 * their deadlines are gone from Redis.
 */
export function expireLeftHolds(deps: { db: Db; shards: Shards }): Sweep {
  return {
    name: 'expire-left',
    isDue: (look) => look.hasLeftHolds,
    async run(shard: Shard) {
      const holds = await listLeftHolds(deps.db, shard.id, SWEEP_MAX);
      await Promise.all(holds.map((hold) => releaseHold(deps, hold, 'expired')));
    },
  };
}
