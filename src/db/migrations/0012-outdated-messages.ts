import { type Kysely, sql } from 'kysely';

/**
 * A message that is not sent because what it says is not so any more is not given up, but outdated.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table deliveries drop constraint deliveries_state, add constraint deliveries_state
      check (state in ('waiting', 'sent', 'no_address', 'outdated', 'given_up'))`.execute(db);
}
