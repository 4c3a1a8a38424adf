import { sql } from 'kysely';
import pg from 'pg';
import type { Logger } from 'pino';
import { checkRights, INSUFFICIENT_PRIVILEGE } from './app-role.ts';
import type { Db } from './client.ts';
import { checkVersion } from './versions.ts';

/**
 * Resolves when Postgres answers.
 *
 * @throws the error of the connection
 */
export async function probeConnection(db: Db): Promise<void> {
  await sql`select 1`.execute(db);
}

/**
 * Resolves when Postgres accepts writes: a standby and a server set to read-only refuse the
 * statement although it changes nothing.
 *
 * @throws the error of Postgres or of the connection
 */
export async function probeWrites(db: Db): Promise<void> {
  await db
    .updateTable('shards')
    .set((eb) => ({ epoch: eb.ref('epoch') }))
    .where('shard', '<', 0)
    .execute();
}

/**
 * Resolves when Postgres accepts writes, its schema is one that this version can work with, and the
 * role that is logged in has the rights that the API and the workers need. Warns when it has more:
 * then nothing but our code keeps the log as it is.
 *
 * @throws the error of Postgres or of the connection, or one that says what is wrong: with the
 *   version of this process, or the rights of its role
 */
export async function probeRole(db: Db, log: Logger): Promise<void> {
  await checkVersion(db).catch((error: unknown) => {
    // Which rights it lacks is said by checkRights.
    if (!(error instanceof pg.DatabaseError) || error.code !== INSUFFICIENT_PRIVILEGE) throw error;
  });
  const { hasMore } = await checkRights(db);
  await probeWrites(db);
  if (hasMore) log.warn('the role in DATABASE_URL may change the log and the trail of admins');
}
