import { sql } from 'kysely';
import type { Db } from './client.ts';

/** The advisory locks of rebuilds: class, then shard. */
const LOCK_CLASS = 0x4641_4952;

/**
 * A rebuilder that is stopped loses its session, and with it the lock, after this long: its epoch
 * is fenced anyway.
 */
const SESSION_IDLE = '5s';

/**
 * Runs `work` while no other process rebuilds the shard, on the connection that holds the lock.
 *
 * @throws Error when another process holds the lock for more than 5 s
 */
export function withRebuildLock<T>(
  db: Db,
  shard: number,
  work: (connection: Db) => Promise<T>,
): Promise<T> {
  return db.connection().execute(async (connection) => {
    try {
      await sql`select set_config('lock_timeout', '5s', false)`.execute(connection);
      await sql`select set_config('idle_session_timeout', ${SESSION_IDLE}, false)`.execute(
        connection,
      );
      await sql`select pg_advisory_lock(${LOCK_CLASS}, ${shard})`.execute(connection);
      return await work(connection);
    } finally {
      // Also where the lock was not got: an answer that came too late may have given it anyway.
      await sql`
        select pg_advisory_unlock(${LOCK_CLASS}, ${shard}), set_config('lock_timeout', '0', false),
          set_config('idle_session_timeout', '0', false)`.execute(connection);
    }
  });
}

/** Begins an epoch: from now on nothing of an older one is recorded (I9). */
export async function raiseEpoch(db: Db, shard: number, epoch: number): Promise<void> {
  await db.updateTable('shards').set({ epoch }).where('shard', '=', shard).execute();
}
