import { sql } from 'kysely';
import pg from 'pg';
import type { Db, Tx } from './client.ts';

/** How long a rebuild waits for another one of the same shard. */
const LOCK_TIMEOUT = '5s';

/** A rebuilder that is stopped loses its session, and with it the lock, after this long. */
const IDLE_TIMEOUT = '5s';

/** SQLSTATE of a row that was changed since the snapshot of the transaction. */
const SERIALIZATION_FAILURE = '40001';

/**
 * Runs `work` in a transaction that holds the shard's row, which keeps other rebuilds out.
 * Recorders wait meanwhile: those of older epochs are fenced, and there are no newer ones before
 * the flip. The lock ends with the transaction, so it works through a pooler and dies with the
 * process.
 *
 * @throws Error when another process holds the row for more than 5 s
 */
export function withShardLocked<T>(
  db: Db,
  shard: number,
  work: (tx: Tx, locked: { readonly epoch: number }) => Promise<T>,
): Promise<T> {
  return db.transaction().execute(async (tx) => work(tx, await lockShard(tx, shard)));
}

/**
 * The same on a snapshot: all reads of `work` see the database at one moment.
 *
 * @returns undefined when the row was changed while this waited for it
 */
export async function withShardSnapshot<T>(
  db: Db,
  shard: number,
  work: (tx: Tx, locked: { readonly epoch: number }) => Promise<T>,
): Promise<T | undefined> {
  const snapshot = db.transaction().setIsolationLevel('repeatable read');
  try {
    return await snapshot.execute(async (tx) => work(tx, await lockShard(tx, shard)));
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === SERIALIZATION_FAILURE) return undefined;
    throw error;
  }
}

/** Starts an epoch: once committed, nothing of an older one is recorded any more (I9). */
export async function raiseEpoch(tx: Tx, shard: number, epoch: number): Promise<void> {
  await tx.updateTable('shards').set({ epoch }).where('shard', '=', shard).execute();
}

async function lockShard(tx: Tx, shard: number): Promise<{ epoch: number }> {
  await sql`
    select set_config('lock_timeout', ${LOCK_TIMEOUT}, true),
      set_config('idle_in_transaction_session_timeout', ${IDLE_TIMEOUT}, true)`.execute(tx);
  return tx
    .selectFrom('shards')
    .select('epoch')
    .where('shard', '=', shard)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
}
