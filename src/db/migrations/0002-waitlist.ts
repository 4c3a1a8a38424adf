import { type Kysely, sql } from 'kysely';

/** Waitlists: who waits for units to come back, and which orders come from an offer. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table sales
      add column waitlist_max integer not null default 0,
      add column offering boolean not null default false,
      add constraint sales_waitlist check (waitlist_max >= 0)`.execute(db);
  await sql`create index sales_offering on sales (shard) where offering`.execute(db);

  await sql`
    create table waitlist (
      ticket_id text primary key,
      sale_id text not null references sales,
      buyer_id text not null,
      ticket_ref text not null,
      items text not null,
      line_number bigint not null,
      status text not null default 'waitlisted',
      seq bigint not null,
      constraint waitlist_line_number unique (sale_id, line_number),
      constraint waitlist_status check (
        status in ('waitlisted', 'offered', 'sold_out', 'rejected', 'cancelled'))
    )`.execute(db);
  // I6: one place a buyer and sale, whatever the scripts think.
  await sql`
    create unique index waitlist_one_place on waitlist (sale_id, buyer_id)
    where status = 'waitlisted'`.execute(db);
  await sql`
    create index waitlist_waiting on waitlist (sale_id, line_number)
    where status = 'waitlisted'`.execute(db);

  await sql`alter table orders add column offered boolean not null default false`.execute(db);
  await sql`create index orders_offered on orders (sale_id, status) where offered`.execute(db);

  // Redis holds more of a sale than before: in a newer epoch every shard is written anew.
  await sql`update shards set epoch = epoch + 1 where epoch > 0`.execute(db);
}
