import { type Kysely, sql } from 'kysely';

/** Sales whose tickets an operator has dropped from the history, see `npm run archive`. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table sales add column history_dropped boolean not null default false`.execute(
    db,
  );
}
