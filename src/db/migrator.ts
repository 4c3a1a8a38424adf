import { Migrator } from 'kysely/migration';
import type { Db } from './client.ts';
import { MIGRATIONS } from './migrations/index.ts';

/**
 * Brings the database to the newest schema and returns the names of the migrations that ran.
 * Several processes may run it at once: one migrates, the others wait.
 *
 * @throws the error of the migration that failed; earlier ones stay applied
 */
export async function migrateToLatest(db: Db): Promise<string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return results.map((result) => result.migrationName);
}
