import { type Kysely, sql } from 'kysely';

/**
 * The audit trail is only appended to: what becomes known of an action later is a row of its own,
 * which names the row that began it. Rows from before keep their facts in themselves.
 * `address` is the keyed hash of the IP that a request came from.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table admin_actions
      add column action_id bigint,
      add column address text,
      add constraint admin_actions_action_id_fkey
        foreign key (action_id) references admin_actions (id)`.execute(db);
  await sql`
    create index admin_actions_by_action on admin_actions (action_id, id)
    where action_id is not null`.execute(db);
}
