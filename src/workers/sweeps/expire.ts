import type { Db } from '../../db/client.ts';
import { findDueHolds, listLeftHolds } from '../../db/holds.ts';
import { releaseHold } from '../../line/release-hold.ts';
import type { Shard } from '../../line/shard.ts';
import type { Shards } from '../../line/shards.ts';
import type { RedisClient } from '../../redis/client.ts';
import { type Held, listDeadlines, removeDeadlines } from '../../redis/deadlines.ts';
import type { EpochKeys } from '../../redis/keys.ts';
import { release } from '../../redis/scripts/release.ts';
import type { Sweep } from './sweep.ts';

/** Hints read together. */
const SWEEP_MAX = 10_000;

/** Holds ended together: while they are, those before them are recorded. */
const CHUNK = 1_000;

interface ExpireDeps {
  readonly redis: RedisClient;
  readonly db: Db;
  /** Leaves orders that may have a PaymentIntent to the payment worker, which asks Stripe first. */
  readonly asksStripe: boolean;
}

/** Holds ended by one call of the script, during which Redis does nothing else. */
const PER_CALL = 50;

/**
 * Ends expired holds. The deadlines in Redis are only hints: Postgres, which knows when a hold
 * became public, says which are due, so nothing expires while it is unavailable. I7: each hold is
 * named by the entry that made it.
 */
export function expireHolds({ redis, db, asksStripe }: ExpireDeps): Sweep {
  return {
    name: 'expire',
    isDue: (look) => look.isDeadlineOver,
    async run(shard: Shard, nowMs: number) {
      const startedMs = performance.now();
      let done: number;
      do {
        const at = shard.keys.at(await shard.epoch());
        const untilMs = nowMs + performance.now() - startedMs;
        const hints = await listDeadlines(redis, at, untilMs, SWEEP_MAX);
        done = 0;
        let ended: Held[] = [];
        for (const some of slices(hints, CHUNK)) {
          const [found] = await Promise.all([endDue(shard, at, some), forget(shard, at, ended)]);
          ended = found.ended;
          done += found.done;
        }
        await forget(shard, at, ended);
      } while (done === SWEEP_MAX); // many may end at once
    },
  };

  /** Ends the holds that are due, and removes the hints of those that are not ours to end. */
  async function endDue(
    shard: Shard,
    at: EpochKeys,
    hints: readonly Held[],
  ): Promise<{ ended: Held[]; done: number }> {
    const findHold = await readHolds(hints);
    const over = hints.filter((hint) => findHold(hint)?.isDue !== false); // by its clock
    const isOurs = (hint: Held) => {
      const hold = findHold(hint);
      return hold !== undefined && !(hold.mayHaveIntent && asksStripe);
    };
    const ours = over.filter(isOurs);
    await removeDeadlines(
      redis,
      at,
      over.filter((hint) => !isOurs(hint)),
    );
    await Promise.all(
      [...Map.groupBy(ours, ({ sale }) => sale)].flatMap(([sale, holds]) =>
        slices(holds, PER_CALL).map((some) =>
          shard.run(release, { sale, holds: some, cause: 'expired' }),
        ),
      ),
    );
    return { ended: ours, done: over.length };
  }

  /**
   * Records what ended, then removes the hints of holds that Postgres has no more. The end of one
   * that it still has was lost, with a primary that died after its answer: the next look finds it.
   */
  async function forget(shard: Shard, at: EpochKeys, ended: readonly Held[]): Promise<void> {
    if (ended.length === 0) return;
    await shard.drain();
    const findHold = await readHolds(ended);
    await removeDeadlines(
      redis,
      at,
      ended.filter((hint) => findHold(hint) === undefined),
    );
  }

  /** Reads the holds of hints, as far as Postgres has them. */
  async function readHolds(hints: readonly Held[]) {
    const holds = await findDueHolds(
      db,
      hints.map((hint) => hint.identity),
    );
    const held = new Map(holds.map((hold) => [`${hold.ticket_id} ${hold.hold_seq}`, hold]));
    return ({ identity, holdSeq }: Held) => held.get(`${identity} ${holdSeq}`);
  }
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

/** Consecutive parts of a list, each of at most `size`. */
function slices<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) =>
    list.slice(i * size, (i + 1) * size),
  );
}
