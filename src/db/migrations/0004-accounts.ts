import { type Kysely, sql } from 'kysely';

/**
 * Accounts, and the sessions that refresh tokens carry on. Orders do not point here: buyers may
 * come from elsewhere.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table users (
      id text primary key,
      email text not null,
      name text,
      password_hash text not null,
      role text not null default 'buyer',
      created_at timestamptz not null default clock_timestamp(),
      constraint users_role check (role in ('buyer', 'admin'))
    )`.execute(db);
  await sql`create unique index users_email on users (lower(email))`.execute(db);

  // A login on one device: all its refresh tokens, each the successor of another. Locked before any
  // of them is changed.
  await sql`
    create table refresh_families (
      id text primary key,
      user_id text references users on delete cascade,
      guest_id text,
      guest_email text,
      created_at timestamptz not null default clock_timestamp(),
      constraint refresh_families_whose check (
        (user_id is null) = (guest_id is not null) and (guest_id is null) = (guest_email is null))
    )`.execute(db);
  await sql`create index refresh_families_by_user on refresh_families (user_id)`.execute(db);

  await sql`
    create table refresh_tokens (
      hash bytea primary key,
      family text not null references refresh_families on delete cascade,
      parent bytea,
      created_at timestamptz not null default clock_timestamp(),
      expires_at timestamptz not null,
      replaced_at timestamptz,
      replaced_again boolean not null default false,
      constraint refresh_tokens_twice check (not replaced_again or replaced_at is not null)
    )`.execute(db);
  await sql`create index refresh_tokens_by_family on refresh_tokens (family)`.execute(db);
  await sql`create index refresh_tokens_by_end on refresh_tokens (expires_at)`.execute(db);
}
