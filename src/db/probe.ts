import { sql } from 'kysely';
import type { Db } from './client.ts';

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
