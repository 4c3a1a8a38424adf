import { type Kysely, sql } from 'kysely';

/**
 * What reaches people: messages, to whom they go and what became of that, and where people can be
 * reached.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  // The outbox: filled by the transaction that records what a message tells. No foreign keys and no
  // constraint on the words, so that it cannot make recording fail.
  await sql`
    create table messages (
      id text primary key,
      position bigint generated always as identity,
      kind text not null,
      order_id text not null,
      sale_id text not null,
      created_at timestamptz not null default clock_timestamp(),
      addressed_at timestamptz,
      constraint messages_once unique (order_id, kind)
    )`.execute(db);
  await sql`
    create index messages_open on messages (position) where addressed_at is null`.execute(db);

  await sql`
    create table webhook_endpoints (
      id text primary key,
      sale_id text not null references sales,
      url text not null,
      secret text not null,
      events text[] not null,
      created_at timestamptz not null default clock_timestamp(),
      removed_at timestamptz
    )`.execute(db);
  await sql`
    create index webhook_endpoints_by_sale on webhook_endpoints (sale_id)
    where removed_at is null`.execute(db);

  await sql`
    create table deliveries (
      id text primary key,
      position bigint generated always as identity,
      message_id text not null references messages,
      channel text not null,
      endpoint_id text references webhook_endpoints,
      state text not null default 'waiting',
      created_at timestamptz not null default clock_timestamp(),
      tries integer not null default 0,
      step integer not null default 0,
      next_try_at timestamptz not null,
      tried_at timestamptz,
      status integer,
      answer text,
      constraint deliveries_channel check (
        channel in ('mail', 'webhook') and (channel = 'webhook') = (endpoint_id is not null)),
      constraint deliveries_state check (state in ('waiting', 'sent', 'no_address', 'given_up'))
    )`.execute(db);
  await sql`
    create unique index deliveries_one_mail on deliveries (message_id)
    where channel = 'mail'`.execute(db);
  await sql`
    create unique index deliveries_one_webhook on deliveries (message_id, endpoint_id)
    where channel = 'webhook'`.execute(db);
  await sql`
    create index deliveries_mails on deliveries (next_try_at)
    where state = 'waiting' and channel = 'mail'`.execute(db);
  await sql`
    create index deliveries_webhooks on deliveries (endpoint_id, next_try_at)
    where state = 'waiting' and channel = 'webhook'`.execute(db);
  await sql`
    create index deliveries_by_endpoint on deliveries (endpoint_id, position)
    where endpoint_id is not null`.execute(db);
  await sql`create index deliveries_by_state on deliveries (channel, state)`.execute(db);

  await sql`
    create table contacts (
      buyer_id text primary key,
      email text not null,
      updated_at timestamptz not null default clock_timestamp()
    )`.execute(db);
  await sql`create index contacts_by_update on contacts (updated_at)`.execute(db);
}
