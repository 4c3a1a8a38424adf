import { type Kysely, sql } from 'kysely';

/**
 * The public log of each sale: its leaves, the roots of its full tiles, and its last checkpoint.
 * Both tables of what was published are only appended to; a log that had to begin anew has the next
 * number. What was a hash chain over the shard's log is not written any more (expand: an older
 * version still does; a later migration drops it).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Two random UUIDs have 244 random bits. Three statements: a column that begins with a default
  // that is made by chance would have the whole table written anew.
  const chance = sql`
    decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex')`;
  await sql`alter table sales add column public_salt bytea`.execute(db);
  await sql`alter table sales alter column public_salt set default ${chance}`.execute(db);
  await sql`update sales set public_salt = ${chance}`.execute(db);
  await sql`
    create table public_logs (
      sale_id text primary key references sales (id),
      number integer not null default 1,
      seq bigint not null default 0,
      size bigint not null default 0,
      peaks bytea not null default '',
      counts jsonb not null,
      line_number bigint not null default 0,
      signed_size bigint not null default 0,
      checkpoint text,
      checkpoint_size bigint not null default 0,
      checkpoint_counts jsonb,
      checkpoint_line_number bigint,
      cosign_at timestamptz,
      constraint public_logs_checkpoint check (checkpoint_size between 0 and size)
    )`.execute(db);
  await sql`
    create index public_logs_unsigned on public_logs (sale_id) where size > checkpoint_size
  `.execute(db);
  await sql`
    create index public_logs_to_cosign on public_logs (cosign_at) where cosign_at is not null
  `.execute(db);
  await sql`
    create table public_log_leaves (
      sale_id text not null,
      number integer not null,
      index bigint not null,
      seq bigint not null,
      hash bytea not null,
      leaf bytea not null,
      primary key (sale_id, number, index)
    )`.execute(db);
  await sql`
    create index public_log_leaves_by_seq on public_log_leaves (sale_id, number, seq)
  `.execute(db);
  // Tags are random: compressing them takes time and gains nothing.
  await sql`alter table public_log_leaves alter column leaf set storage external`.execute(db);
  await sql`
    create table public_log_nodes (
      sale_id text not null,
      number integer not null,
      level smallint not null,
      index bigint not null,
      hash bytea not null,
      primary key (sale_id, number, level, index)
    )`.execute(db);
  await sql`
    create table public_log_cursors (
      shard integer primary key references shards (shard),
      seq bigint not null
    )`.execute(db);
  await sql`
    create table log_keys (
      vkey text primary key,
      used_at timestamptz not null default clock_timestamp()
    )`.execute(db);
  await sql`alter table log alter column hash drop not null`.execute(db);
  // Where there is a log already, migrator.ts makes it before, while others write.
  await sql`create index if not exists log_of_sale on log (sale_id, seq)`.execute(db);
}
