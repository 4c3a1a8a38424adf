import { type Kysely, sql } from 'kysely';

/**
 * Products may be free, and amounts have as many digits as Stripe takes: twelve in IDR, more than
 * an integer has.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table products
      alter column amount type bigint,
      drop constraint products_amount,
      add constraint products_amount check (amount >= 0)`.execute(db);
  await sql`alter table order_items alter column amount type bigint`.execute(db);
}
