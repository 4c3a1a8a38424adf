import { type Kysely, sql } from 'kysely';

/** Sales that ask for the solution of a challenge. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table sales add column challenge boolean not null default false`.execute(db);
}
