import { type Kysely, sql } from 'kysely';

/** Limits on holds by where they come from, and the holds that are counted. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table sales
      add column hold_limit_count integer,
      add column hold_limit_seconds integer,
      add constraint sales_hold_limit check (
        (hold_limit_count is null) = (hold_limit_seconds is null)
        and hold_limit_count >= 1 and hold_limit_seconds >= 1)`.execute(db);
  await sql`alter table waitlist add column origin text not null default ''`.execute(db);
  // Hashes and times only; in the order of the holds, for Redis has the last ones of each origin.
  await sql`
    create table counted_holds (
      sale_id text not null references sales,
      seq bigint not null,
      line_number bigint not null,
      origin text not null,
      at_ms bigint not null,
      primary key (sale_id, seq, line_number)
    )`.execute(db);

  // Redis holds more of a sale than before: in a newer epoch every shard is written anew.
  await sql`update shards set epoch = epoch + 1 where epoch > 0`.execute(db);
}
