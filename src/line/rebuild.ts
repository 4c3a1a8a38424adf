import type { Logger } from 'pino';
import { type Db, inSnapshot, type Tx } from '../db/client.ts';
import { readLogHead } from '../db/log-head.ts';
import { raiseEpoch, withRebuildLock } from '../db/rebuilds.ts';
import { listSalesOfShard, readPassed } from '../db/shard-sales.ts';
import { DomainError } from '../domain/errors.ts';
import type { RedisClient } from '../redis/client.ts';
import { beginEpoch, dropEpoch, writeFields } from '../redis/epoch-writer.ts';
import type { EpochKeys, ShardKeys } from '../redis/keys.ts';
import { readEpoch, readLastSeq } from '../redis/line-reads.ts';
import { flip } from '../redis/scripts/flip.ts';
import { isSorted, type Piece, readClaims, readLogged } from './shard-state.ts';

/** What was found wrong with a shard in Redis. */
export interface Finding {
  /** The epoch that it was found in; undefined when there was none. */
  readonly seen: number | undefined;
  /** It is certain that Redis lost accepted tickets, even if it is not behind the log. */
  readonly lost?: boolean;
}

/**
 * Writes the state of a shard in Redis anew from Postgres, in a new epoch (I9). Where another process has
 * rebuilt it meanwhile, nothing happens.
 *
 * @returns the shard's epoch
 * @throws Error when another rebuild holds the lock for more than 5 s: look again whether it is needed
 */
export async function rebuild(
  deps: { redis: RedisClient; db: Db; log: Logger },
  keys: ShardKeys,
  shard: number,
  finding: Finding,
): Promise<number> {
  const { redis, db, log } = deps;
  const { epoch, from } = await withRebuildLock(db, shard, (connection) =>
    rebuildLocked({ redis, db: connection, log }, keys, shard, finding),
  );
  if (from !== undefined) await dropEpochs(deps, keys, shard, from, epoch - 1);
  return epoch;
}

/** Under the lock. `from` is the first epoch that may have left keys behind; undefined when nothing was done. */
async function rebuildLocked(
  { redis, db, log }: { redis: RedisClient; db: Db; log: Logger },
  keys: ShardKeys,
  shard: number,
  { seen, lost = false }: Finding,
): Promise<{ epoch: number; from: number | undefined }> {
  const current = await readEpoch(redis, keys);
  const before = await readLogHead(db, shard);
  if (current !== undefined && current >= before.epoch && current > (seen ?? -1)) {
    return { epoch: current, from: undefined };
  }
  const epoch = Math.max(before.epoch, current ?? 0) + 1;
  await raiseEpoch(db, shard, epoch);
  const oldSeq = await readLastSeq(redis, keys.at(current ?? 0));

  const head = await inSnapshot(db, (tx) => writeEpoch(tx, redis, keys.at(epoch), shard));
  const behind = oldSeq === undefined || oldSeq < head.seq;
  const reply = await flip.run(redis, keys, epoch, { ...head, lost: lost || behind });
  if (reply.status === 'INCOMPLETE') {
    throw new DomainError('unavailable', 'Redis lost data while a shard was rebuilt: once more.');
  }
  if (head.seq === 0) log.debug({ shard, epoch }, 'new shard');
  else log.warn({ shard, epoch, from: current, behind, lost }, 'rebuilt from Postgres');
  return { epoch, from: Math.min(current ?? before.epoch, before.epoch) };
}

interface Head {
  readonly seq: number;
  readonly job: number;
  readonly passed: Record<string, number>;
}

/** Writes the keys of an epoch. `pieces` is how many writes that took: flip.lua looks whether all are there. */
async function writeEpoch(
  tx: Tx,
  redis: RedisClient,
  at: EpochKeys,
  shard: number,
): Promise<Head & { pieces: number }> {
  const row = await readLogHead(tx, shard);
  const passed = await readPassed(tx, shard, 0);
  await beginEpoch(redis, at);
  let pieces = 0;
  const write = async ({ key, part, values }: Piece) => {
    pieces += await writeFields(redis, at, { key, isSorted: isSorted(part) }, values);
  };
  for await (const piece of readClaims(tx, at, Object.keys(passed))) await write(piece);
  for await (const piece of readLogged(tx, at, shard)) await write(piece);
  return {
    pieces,
    seq: row.seq,
    job: row.job,
    passed: { '*': row.passedAll, ...passed },
  };
}

/** Removes the keys of epochs that are over. What is left where that fails, the next rebuild does not miss. */
async function dropEpochs(
  { redis, db, log }: { redis: RedisClient; db: Db; log: Logger },
  keys: ShardKeys,
  shard: number,
  from: number,
  to: number,
): Promise<void> {
  try {
    const sales = await listSalesOfShard(db, shard);
    for (let epoch = from; epoch <= to; epoch++) await dropEpoch(redis, keys.at(epoch), sales);
  } catch (error) {
    log.warn({ err: error, shard, from, to }, 'keys of older epochs are left in Redis');
  }
}
