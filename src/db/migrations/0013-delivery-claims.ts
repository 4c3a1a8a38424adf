import { type Kysely, sql } from 'kysely';

/**
 * Who tries a delivery notes until when it is theirs, so that what is being tried can be told from
 * what waits for its next try, and counted for each endpoint.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table deliveries add column claimed_until timestamptz`.execute(db);
  await sql`
    create index deliveries_claimed on deliveries (endpoint_id)
    where claimed_until is not null`.execute(db);
}
