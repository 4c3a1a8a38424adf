import { type Kysely, sql } from 'kysely';

/** Messages about a ticket that waited until its sale was over: it has no order. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table messages
      alter column order_id drop not null,
      add column ticket_id text references waitlist,
      add constraint messages_subject check (num_nonnulls(order_id, ticket_id) = 1),
      add constraint messages_once_ticket unique (ticket_id, kind)`.execute(db);
}
