import { sql } from 'kysely';
import type { Db } from './client.ts';
import { MIGRATIONS } from './migrations/index.ts';

/** This version is too old for the database. Its code names the advice that a start prints. */
class TooOld extends Error {
  readonly code = 'too_old';

  constructor(migration: string) {
    super(`migration ${migration} is required, and this version does not know it`);
  }
}

/**
 * Resolves when this version may work with the database. Migrations that it does not know do no
 * harm, unless one of them took away what it needs.
 *
 * @throws TooOld, or the error of Postgres or of the connection
 */
export async function checkVersion(db: Db): Promise<void> {
  const rows = await db.selectFrom('required_migrations').select('name').orderBy('name').execute();
  const unknown = rows.find(({ name }) => !Object.hasOwn(MIGRATIONS, name));
  if (unknown !== undefined) throw new TooOld(unknown.name);
}

/**
 * Whether a newer version has migrated the database: it has every migration of this one and others.
 */
export async function isSchemaNewer(db: Db): Promise<boolean> {
  const { rows } = await sql<{ known: boolean }>`
    select to_regclass('kysely_migration') is not null as known`.execute(db);
  if (rows[0]?.known !== true) return false;
  const { rows: applied } = await sql<{ name: string }>`
    select name from kysely_migration`.execute(db);
  const names = new Set(applied.map(({ name }) => name));
  const ours = Object.keys(MIGRATIONS);
  return ours.every((name) => names.has(name)) && names.size > ours.length;
}
