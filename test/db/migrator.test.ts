import { sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectDb, type Db } from '../../src/db/client.ts';
import { MIGRATIONS } from '../../src/db/migrations/index.ts';
import { migrateToLatest } from '../../src/db/migrator.ts';
import { createDatabase, ownerUrl, silent } from '../support/database.ts';

/** The last one before those that lock several tables. */
const BEFORE = '0024-append-only-trail';

describe('a migration beside others that use the tables', () => {
  let db: Db;
  let other: Db;
  let looks: Db;
  beforeEach(async () => {
    const url = ownerUrl(await createDatabase('template0'));
    db = connectDb(url, silent, 2, 0);
    other = connectDb(url, silent, 2, 0);
    looks = connectDb(url, silent, 1);
    const provider = { getMigrations: async () => MIGRATIONS };
    const { error } = await new Migrator({ db, provider }).migrateTo(BEFORE);
    expect(error).toBeUndefined();
  });
  afterEach(() => Promise.all([db, other, looks].map((one) => one.destroy())));

  const isAnyWaiting = async () => {
    const { rows } = await sql`
      select from pg_locks join pg_database on pg_database.oid = database
      where datname = current_database() and not granted`.execute(looks);
    return rows.length > 0;
  };

  it('makes an index again that another left unfinished, several at once', async () => {
    await sql`create index log_of_sale on log (sale_id, seq)`.execute(db);
    await sql`
      update pg_index set indisvalid = false where indexrelid = 'log_of_sale'::regclass`.execute(
      db,
    );
    const ran = await Promise.all([migrateToLatest(db), migrateToLatest(other)]);
    expect(ran.flat()).toEqual(Object.keys(MIGRATIONS).filter((name) => name > BEFORE));
    const { rows } = await sql<{ valid: boolean }>`
      select indisvalid as valid from pg_index
      where indexrelid = 'log_of_sale'::regclass`.execute(db);
    expect(rows).toEqual([{ valid: true }]);
  });

  it('gives way to who locks the same tables in another order, and runs after it', async () => {
    let migrated: Promise<string[]> | undefined;
    await other.transaction().execute(async (tx) => {
      await sql`set local idle_in_transaction_session_timeout = 0`.execute(tx);
      // As the recorder: the shard's row first, then its sales.
      await sql`lock table shards in row exclusive mode`.execute(tx);
      migrated = migrateToLatest(db);
      await expect.poll(() => isAnyWaiting()).toBe(true);
      // Without giving way, one of both would be ended as the victim of a deadlock.
      await sql`select from sales`.execute(tx);
    });
    expect(await migrated).toEqual(Object.keys(MIGRATIONS).filter((name) => name > BEFORE));
  });
});
