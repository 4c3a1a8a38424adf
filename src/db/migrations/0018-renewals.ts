import { type Kysely, sql } from 'kysely';

/**
 * Refresh tokens count their exchanges, and a session knows the newest generation that was used:
 * what is older is retired, what is of it or newer can be exchanged.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table refresh_families
      add column newest_used integer not null default 0,
      add column newest_used_at timestamptz`.execute(db);
  await sql`alter table refresh_tokens add column generation integer not null default 1`.execute(
    db,
  );
  // Running sessions: unused tokens have generation 1, used ones 0, and those whose successors were
  // used are retired. `parent` has no index: the tokens are joined once, not looked up each.
  await sql`update refresh_tokens set generation = 0 where replaced_at is not null`.execute(db);
  await sql`
    update refresh_tokens as t set generation = -1 from refresh_tokens as child
    where child.parent = t.hash and child.replaced_at is not null
      and t.replaced_at is not null`.execute(db);
  await sql`
    alter table refresh_tokens
      alter column generation drop default,
      drop constraint refresh_tokens_twice,
      drop column replaced_again,
      drop column parent`.execute(db);
}
