import { sql } from 'kysely';
import type { Logger } from 'pino';
import { type Db, inSnapshot, type Tx } from '../db/client.ts';
import { DomainError } from '../domain/errors.ts';
import type { RedisClient } from '../redis/client.ts';
import type { EpochKeys, ShardKeys } from '../redis/keys.ts';
import { flip } from '../redis/scripts/flip.ts';
import { readLogHead } from './log-head.ts';
import { isSorted, type Piece, readClaims, readLogged } from './shard-state.ts';

/** Fields or keys that one command takes. */
const WRITE_MAX = 1_000;

/** The advisory locks of rebuilds: class, then shard. */
const LOCK_CLASS = 0x4641_4952;

/**
 * A rebuilder that is stopped loses its session, and with it the lock, after this long: its epoch is fenced anyway.
 */
const SESSION_IDLE = '5s';

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
  const { epoch, from } = await db.connection().execute(async (connection) => {
    try {
      await sql`select set_config('lock_timeout', '5s', false)`.execute(connection);
      await sql`select set_config('idle_session_timeout', ${SESSION_IDLE}, false)`.execute(
        connection,
      );
      await sql`select pg_advisory_lock(${LOCK_CLASS}, ${shard})`.execute(connection);
      return await rebuildLocked({ redis, db: connection, log }, keys, shard, finding);
    } finally {
      // Also where the lock was not got: an answer that came too late for us may have given it all the same.
      await sql`
        select pg_advisory_unlock(${LOCK_CLASS}, ${shard}), set_config('lock_timeout', '0', false),
          set_config('idle_session_timeout', '0', false)`.execute(connection);
    }
  });
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
  await db.updateTable('shards').set({ epoch }).where('shard', '=', shard).execute();
  const oldSeq = await redis.hget(keys.at(current ?? 0).state, 'seq');

  const head = await inSnapshot(db, (tx) => writeEpoch(tx, redis, keys.at(epoch), shard));
  const behind = oldSeq === null || Number(oldSeq) < head.seq;
  const reply = await flip(redis, keys, { epoch, ...head, lost: lost || behind });
  if (reply.status === 'INCOMPLETE') {
    throw new DomainError('unavailable', 'Redis lost data while a shard was rebuilt: once more.');
  }
  if (head.seq === 0) log.debug({ shard, epoch }, 'new shard');
  else log.warn({ shard, epoch, from: current, behind, lost }, 'rebuilt from Postgres');
  return { epoch, from: Math.min(current ?? before.epoch, before.epoch) };
}

/** The shard's epoch in Redis, undefined when Redis has none. */
export async function readEpoch(redis: RedisClient, keys: ShardKeys): Promise<number | undefined> {
  const text = await redis.get(keys.epoch);
  return text === null ? undefined : Number(text);
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
  const sales = await tx
    .selectFrom('sales')
    .select(['id', 'passed'])
    .where('shard', '=', shard)
    .where('last_seq', 'is not', null)
    .execute();
  const ids = sales.map((sale) => sale.id);
  await redis.hset(at.state, 'building', 0);
  let pieces = 0;
  for await (const piece of readClaims(tx, at, ids)) pieces += await writePiece(redis, at, piece);
  for await (const piece of readLogged(tx, at, shard)) pieces += await writePiece(redis, at, piece);
  return {
    pieces,
    seq: row.seq,
    job: row.job,
    passed: {
      '*': row.passedAll,
      ...Object.fromEntries(sales.map((sale) => [sale.id, sale.passed])),
    },
  };
}

/** Writes a piece and counts the writes where the epoch's state is, each with what it wrote. */
async function writePiece(
  redis: RedisClient,
  at: EpochKeys,
  { part, key, values }: Piece,
): Promise<number> {
  const entries = [...values];
  let writes = 0;
  for (let i = 0; i < entries.length; i += WRITE_MAX) {
    const some = entries.slice(i, i + WRITE_MAX);
    const write = redis.multi();
    if (isSorted(part)) write.zadd(key, ...some.flatMap(([member, score]) => [score, member]));
    else write.hset(key, ...some.flat());
    const replies = await write.hincrby(at.state, 'building', 1).exec();
    for (const [error] of replies ?? []) if (error !== null) throw error;
    writes++;
  }
  return writes;
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
    const sales = await db.selectFrom('sales').select('id').where('shard', '=', shard).execute();
    for (let epoch = from; epoch <= to; epoch++) {
      const old = keys.at(epoch).all(sales.map(({ id }) => id));
      for (let i = 0; i < old.length; i += WRITE_MAX) {
        await redis.unlink(...old.slice(i, i + WRITE_MAX));
      }
    }
  } catch (error) {
    log.warn({ err: error, shard, from, to }, 'keys of older epochs are left in Redis');
  }
}
