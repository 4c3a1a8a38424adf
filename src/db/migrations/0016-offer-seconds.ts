import { type Kysely, sql } from 'kysely';

/** How long units are held that were offered to the waitlist; null: as long as any other hold. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table sales
      add column offer_seconds integer,
      add constraint sales_offer_seconds check (offer_seconds between 1 and 86400)`.execute(db);
}
