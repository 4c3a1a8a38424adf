import { type Kysely, sql } from 'kysely';

/**
 * Versions run side by side during an upgrade (decision 0095). `format` is the newest format in a
 * shard's log: a process that does not know it leaves the shard alone. `required_migrations`
 * names migrations that a process must know to start: one that takes away what older versions need
 * adds to it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table shards add column format integer not null default 1`.execute(db);
  await sql`create table required_migrations (name text primary key)`.execute(db);
}
