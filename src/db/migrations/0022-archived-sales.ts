import { type Kysely, sql } from 'kysely';

/**
 * Sales that are over leave Redis. `archived_seq` is the entry that archived one; `in_part` says
 * that it came back without the attempts and outcomes of its tickets.
 *
 * The index of the log by sale is built while nothing is recorded, in 0.75 s per 1,000,000 entries
 * (measured). A statement may take 10 s: where the log is much longer, an operator makes the index
 * before, see docs/operating.md.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table sales
      add column archived_seq bigint,
      add column in_part boolean not null default false,
      add constraint sales_archived check (archived_seq is null or (closed <> '' and not in_part))
    `.execute(db);
  await sql`drop index sales_by_shard`.execute(db);
  await sql`create index sales_by_shard on sales (shard, archived_seq)`.execute(db);
  // The list of sales reads its page, not every sale there ever was.
  await sql`create index sales_newest on sales (created_at desc, id desc)`.execute(db);
  await sql`create index if not exists log_by_sale on log (sale_id, kind, seq)`.execute(db);

  // Outcomes have a key per sale: in a newer epoch every shard is written anew.
  await sql`update shards set epoch = epoch + 1 where epoch > 0`.execute(db);
}
