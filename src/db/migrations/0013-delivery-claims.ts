import { type Kysely, sql } from 'kysely';

/**
 * A worker that tries a delivery records until when it is claimed: so tries in progress can be
 * distinguished from deliveries waiting for their next try, and counted per endpoint.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table deliveries add column claimed_until timestamptz`.execute(db);
  await sql`
    create index deliveries_claimed on deliveries (endpoint_id)
    where claimed_until is not null`.execute(db);
}
