import { type Kysely, sql } from 'kysely';

/** The time zone in which a sale's times are told. No script reads it, so no epoch is raised. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table sales add column time_zone text not null default 'UTC'`.execute(db);
}
