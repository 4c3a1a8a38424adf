import { type Kysely, sql } from 'kysely';

/**
 * Events that are applied, by when: those that need not be kept are found without reading all of
 * them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create index webhook_events_applied on webhook_events (applied_at)
    where applied_at is not null`.execute(db);
}
