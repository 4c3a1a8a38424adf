import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import pg from 'pg';
import type { Db } from './client.ts';
import { MIGRATIONS } from './migrations/index.ts';

/**
 * How long a migration waits for a lock: less than the second after which Postgres looks for a
 * deadlock, so that it is always the migration that gives way. Meanwhile others wait behind it.
 */
const LOCK_TIMEOUT = '500ms';

/** How often it tries again, and after what time at most, in ms: some minutes in all. */
const TRIES = 200;
const PAUSE_MS = 1_000;

/** SQLSTATEs of a lock that was not to be had: not in time, or only in a deadlock. */
const NO_LOCK = new Set(['55P03', '40P01']);

/**
 * Brings the database to the newest schema and returns the names of the migrations that ran.
 * Several processes may run it at once: one migrates, the others wait. It may run while others use
 * the tables: they lock several of them, in their own order, and it tries until it gets all it
 * needs without making them wait for long.
 *
 * @throws the error of the migration that failed; earlier ones stay applied
 */
export async function migrateToLatest(db: Db): Promise<string[]> {
  const migrations = Object.entries(MIGRATIONS).map(([name, one]) => [name, withLimits(one)]);
  const provider = { getMigrations: async () => Object.fromEntries(migrations) };
  const migrator = new Migrator({ db, provider });
  for (let tries = 1; ; tries++) {
    try {
      await makeLargeIndexes(db);
      const { error, results = [] } = await migrator.migrateToLatest();
      if (error !== undefined) throw error;
      return results.map((result) => result.migrationName);
    } catch (error) {
      if (tries >= TRIES || !isWithoutLock(error)) throw error;
    }
    await delay(Math.random() * PAUSE_MS);
  }
}

/**
 * Makes the index of a table that may be large before its migration, outside of any transaction:
 * others write meanwhile. A new database gets it by the migration. What a process left that died
 * while it made one is made again: it would be kept up to date, and never be used.
 */
async function makeLargeIndexes(db: Db): Promise<void> {
  const { rows } = await sql<{ exists: boolean }>`
    select to_regclass('log') is not null as exists`.execute(db);
  if (!rows[0]?.exists) return;
  const { rows: broken } = await sql`
    select from pg_index where indexrelid = to_regclass('log_of_sale') and not indisvalid
  `.execute(db);
  if (broken.length > 0) await sql`drop index concurrently if exists log_of_sale`.execute(db);
  await sql`create index concurrently if not exists log_of_sale on log (sale_id, seq)`.execute(db);
}

/** A migration may take long once it has its locks, an index of a large table for example. */
function withLimits({ up }: Migration): Migration {
  return {
    async up(db) {
      await sql`set local statement_timeout = 0`.execute(db);
      await sql`select set_config('lock_timeout', ${LOCK_TIMEOUT}, true)`.execute(db);
      await up(db);
    },
  };
}

function isWithoutLock(error: unknown): boolean {
  return error instanceof pg.DatabaseError && NO_LOCK.has(error.code ?? '');
}
