import { randomUUID } from 'node:crypto';
import { type Db, inSnapshot, type Tx } from '../db/client.ts';
import { readLogHead } from '../db/log-head.ts';
import { keepLock } from '../db/rebuilds.ts';
import { findArchiveState } from '../db/shard-sales.ts';
import type { Restored } from '../domain/entry.ts';
import type { RedisClient } from '../redis/client.ts';
import { stageFields } from '../redis/epoch-writer.ts';
import type { EpochKeys, SaleKeys, ShardKeys } from '../redis/keys.ts';
import { restore } from '../redis/scripts/restore.ts';
import { type Piece, readClaims, readReturns, readTickets } from './shard-state.ts';

/** The keys that each step brings back: those that a sale with no hold and no waitlist has. */
const KEYS: Readonly<Record<Restored, readonly (keyof SaleKeys)[]>> = {
  claims: ['sale', 'buyers', 'paid', 'payments', 'origins', 'restocks', 'returns'],
  tickets: ['attempts', 'outcomes'],
};

/**
 * Brings an archived sale back into Redis: exactly what it had there, read by the code that a
 * rebuild uses. Any number of processes may do so at once; one of them succeeds.
 *
 * @param what its claims; or its tickets, once it has its claims
 * @returns what lua/restore.lua replied; undefined when Postgres has it back already. After both,
 *   look again.
 */
export async function restoreSale(
  { redis, db }: { readonly redis: RedisClient; readonly db: Db },
  keys: ShardKeys,
  epoch: number,
  { shard, sale, what }: { readonly shard: number; readonly sale: string; readonly what: Restored },
) {
  const at = keys.at(epoch);
  const staged = at.staged(randomUUID());
  const written = await inSnapshot(db, async (tx) => {
    const state = await findArchiveState(tx, sale);
    if (state?.missing !== what) return undefined;
    const { seq } = await readLogHead(tx, shard);
    return { seq, passed: state.passed, sizes: await stage(tx, redis, staged, sale, what) };
  });
  if (written === undefined) return undefined;
  const { seq, passed, sizes } = written;
  const [live, from] = [at.sale(sale), staged.sale(sale)];
  const reply = await restore.run(redis, keys, epoch, {
    ...{ sale, what, seq, passed },
    staged: KEYS[what].map((name) => ({
      key: live[name],
      from: from[name],
      size: sizes.get(from[name]) ?? 0,
    })),
  });
  if (reply.status !== 'RESTORED') await redis.unlink(KEYS[what].map((name) => from[name]));
  return reply;
}

/** Writes what comes back under names of its own; returns the number of fields of each key. */
async function stage(
  tx: Tx,
  redis: RedisClient,
  at: EpochKeys,
  sale: string,
  what: Restored,
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for await (const { key, values } of piecesOf(tx, at, sale, what)) {
    await stageFields(redis, key, values, () => keepLock(tx));
    sizes.set(key, (sizes.get(key) ?? 0) + values.size);
  }
  return sizes;
}

async function* piecesOf(
  tx: Tx,
  at: EpochKeys,
  sale: string,
  what: Restored,
): AsyncGenerator<Piece> {
  if (what === 'tickets') {
    yield* readTickets(tx, at, sale);
    return;
  }
  yield* readClaims(tx, at, sale);
  yield* readReturns(tx, at, sale);
}
