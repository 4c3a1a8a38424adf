import { sql } from 'kysely';
import type { Logger } from 'pino';
import { type Db, inSnapshot, type Tx } from '../db/client.ts';
import { DomainError } from '../domain/errors.ts';
import { type RedisClient, serversOf } from '../redis/client.ts';
import type { EpochKeys, ShardKeys } from '../redis/keys.ts';
import { flip } from '../redis/scripts/flip.ts';
import { isSorted, type Piece, readClaims, readLogged } from './shard-state.ts';

/** The advisory locks of rebuilds: class, then shard. */
const LOCK_CLASS = 0x4641_4952;

/**
 * Writes the state of a shard in Redis anew from Postgres, in a new epoch (I9). Where another process has
 * rebuilt it meanwhile, nothing happens.
 *
 * @param seen the epoch in Redis that was found wanting; undefined when there was none
 * @returns the shard's epoch
 * @throws Error when another rebuild holds the lock for more than 5 s: look again whether it is needed
 */
export async function rebuild(
  deps: { redis: RedisClient; db: Db; log: Logger },
  keys: ShardKeys,
  shard: number,
  seen: number | undefined,
): Promise<number> {
  const { redis, db, log } = deps;
  return db.connection().execute(async (connection) => {
    await sql`select set_config('lock_timeout', '5s', false)`.execute(connection);
    try {
      await sql`select pg_advisory_lock(${LOCK_CLASS}, ${shard})`.execute(connection);
    } finally {
      await sql`select set_config('lock_timeout', '0', false)`.execute(connection);
    }
    try {
      const current = await readEpoch(redis, keys);
      const before = await connection
        .selectFrom('shards')
        .select('epoch')
        .where('shard', '=', shard)
        .executeTakeFirstOrThrow();
      if (current !== undefined && current >= before.epoch && current > (seen ?? -1))
        return current;

      const epoch = Math.max(before.epoch, current ?? 0) + 1;
      await connection.updateTable('shards').set({ epoch }).where('shard', '=', shard).execute();
      const oldSeq = await redis.hget(keys.at(current ?? 0).state, 'seq');

      const head = await inSnapshot(connection, (tx) =>
        writeEpoch(tx, redis, keys.at(epoch), shard),
      );
      const behind = oldSeq === null || Number(oldSeq) < head.seq;
      const reply = await flip(redis, keys, { epoch, ...head, behind });
      if (reply.status === 'INCOMPLETE') {
        throw new DomainError(
          'unavailable',
          'Redis lost data while a shard was rebuilt: once more.',
        );
      }
      await dropOlderEpochs(redis, keys, epoch);
      if (head.seq === 0) log.debug({ shard, epoch }, 'new shard');
      else log.warn({ shard, epoch, from: current, behind }, 'rebuilt from Postgres');
      return epoch;
    } finally {
      await sql`select pg_advisory_unlock(${LOCK_CLASS}, ${shard})`.execute(connection);
    }
  });
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

async function writeEpoch(tx: Tx, redis: RedisClient, at: EpochKeys, shard: number): Promise<Head> {
  await redis.hset(at.state, 'building', 1); // gone when Redis is flushed meanwhile: flip.lua looks for it
  const row = await tx
    .selectFrom('shards')
    .select(['log_seq', 'last_job', 'passed'])
    .where('shard', '=', shard)
    .executeTakeFirstOrThrow();
  const sales = await tx
    .selectFrom('sales')
    .select(['id', 'passed'])
    .where('shard', '=', shard)
    .where('last_seq', 'is not', null)
    .execute();
  const ids = sales.map((sale) => sale.id);
  for await (const piece of readClaims(tx, at, ids)) await writePiece(redis, piece);
  for await (const piece of readLogged(tx, at, shard)) await writePiece(redis, piece);
  return {
    seq: row.log_seq,
    job: row.last_job,
    passed: {
      '*': row.passed,
      ...Object.fromEntries(sales.map((sale) => [sale.id, sale.passed])),
    },
  };
}

async function writePiece(redis: RedisClient, { part, key, values }: Piece): Promise<void> {
  const entries = [...values];
  for (let i = 0; i < entries.length; i += 1000) {
    const some = entries.slice(i, i + 1000);
    if (isSorted(part)) {
      await redis.zadd(key, ...some.flatMap(([member, score]) => [score, member]));
    } else {
      await redis.hset(key, ...some.flat());
    }
  }
}

/** Removes what older epochs of the shard left behind. */
async function dropOlderEpochs(redis: RedisClient, keys: ShardKeys, epoch: number): Promise<void> {
  const ours = new RegExp(`^${RegExp.escape(keys.prefix)}:(\\d+):`);
  for (const server of serversOf(redis)) {
    for await (const found of server.scanStream({ match: `${keys.prefix}:*`, count: 1000 })) {
      const old = (found as string[]).filter((key) => {
        const match = ours.exec(key);
        return match !== null && Number(match[1]) < epoch;
      });
      if (old.length > 0) await redis.unlink(...old);
    }
  }
}
