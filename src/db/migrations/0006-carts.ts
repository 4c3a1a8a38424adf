import { type Kysely, sql } from 'kysely';

/** Carts, and the purchase attempts that were made of them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // A row a cart: one statement changes it, and holds one lock. No foreign keys to sales: each new
  // cart would lock the row of its sale, which the recording updates.
  await sql`
    create table carts (
      sale_id text not null,
      buyer_id text not null,
      items jsonb not null,
      updated_at timestamptz not null default clock_timestamp(),
      primary key (sale_id, buyer_id),
      constraint carts_items check (jsonb_typeof(items) = 'object')
    )`.execute(db);
  await sql`create index carts_by_update on carts (updated_at)`.execute(db);

  await sql`
    create table cart_checkouts (
      sale_id text not null,
      key text not null,
      buyer_id text not null,
      items jsonb not null,
      uses integer not null default 1,
      created_at timestamptz not null default clock_timestamp(),
      primary key (sale_id, key),
      constraint cart_checkouts_cart foreign key (sale_id, buyer_id)
        references carts on delete cascade
    )`.execute(db);
  await sql`create index cart_checkouts_by_cart on cart_checkouts (sale_id, buyer_id)`.execute(db);
}
