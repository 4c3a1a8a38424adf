import { sql } from 'kysely';
import type { Db, Tx } from './client.ts';

/** The advisory locks of rebuilds: class, then shard. */
const LOCK_CLASS = 0x4641_4952;

/** How long a rebuild waits for another one of the same shard. */
const LOCK_TIMEOUT = '5s';

/** A rebuilder that is stopped loses its session, and with it the lock, after this long. */
const IDLE_TIMEOUT = '5s';

/**
 * Runs `work` in a transaction that keeps other rebuilds of the shard out. The lock ends with the
 * transaction, so it works through a pooler and dies with the process.
 *
 * @throws Error when another process holds the lock for more than 5 s
 */
export function withRebuildLock<T>(
  db: Db,
  shard: number,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  return db.transaction().execute(async (tx) => {
    await lock(tx, shard);
    return work(tx);
  });
}

/** The same on a snapshot: all reads of `work` see the database at one moment. */
export function withRebuildSnapshot<T>(
  db: Db,
  shard: number,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const snapshot = db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only');
  return snapshot.execute(async (tx) => {
    await lock(tx, shard);
    return work(tx);
  });
}

/**
 * Starts an epoch: once committed, nothing of an older one is recorded any more (I9).
 *
 * @param format the newest format that this process knows
 * @returns false when the log has a newer one: then nothing happens
 */
export async function raiseEpoch(
  tx: Tx,
  shard: number,
  epoch: number,
  format: number,
): Promise<boolean> {
  const result = await tx
    .updateTable('shards')
    .set({ epoch })
    .where('shard', '=', shard)
    .where('format', '<=', format)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Shows that the process that holds the lock is alive, between two writes to Redis. */
export async function keepLock(tx: Tx): Promise<void> {
  await sql`select 1`.execute(tx);
}

async function lock(tx: Tx, shard: number): Promise<void> {
  await sql`
    select set_config('lock_timeout', ${LOCK_TIMEOUT}, true),
      set_config('idle_in_transaction_session_timeout', ${IDLE_TIMEOUT}, true)`.execute(tx);
  await sql`select pg_advisory_xact_lock(${LOCK_CLASS}, ${shard})`.execute(tx);
}
