import { type Kysely, sql } from 'kysely';

/**
 * Links to orders in mails; a bound on mails per address and day; addresses of buyers that sellers
 * find and correct.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table order_links (
      hash bytea primary key,
      order_id text not null references orders,
      expires_at timestamptz not null
    )`.execute(db);
  await sql`create index order_links_by_order on order_links (order_id)`.execute(db);
  await sql`create index order_links_by_end on order_links (expires_at)`.execute(db);

  await sql`
    create table mail_counts (
      address bytea,
      day integer,
      mails integer not null,
      primary key (address, day)
    )`.execute(db);
  await sql`create index mail_counts_by_day on mail_counts (day)`.execute(db);
  await sql`
    alter table deliveries drop constraint deliveries_state, add constraint deliveries_state
      check (state in ('waiting', 'sent', 'no_address', 'outdated', 'over_limit', 'given_up'))
  `.execute(db);

  await sql`alter table contacts add column mistyped text[] not null default '{}'`.execute(db);
  await sql`create index contacts_by_email on contacts (lower(email) text_pattern_ops)`.execute(db);
  await sql`
    create index refresh_families_by_guest on refresh_families (guest_id)
    where guest_id is not null`.execute(db);
  await sql`create index users_by_email on users (lower(email) text_pattern_ops)`.execute(db);
}
