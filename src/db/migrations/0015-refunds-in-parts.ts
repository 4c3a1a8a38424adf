import { type Kysely, sql } from 'kysely';

/** Refunds in parts, refunds that can never be made, and disputes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // A payment may have several refunds; the first keeps the id under which Stripe knows its keys.
  await sql`
    alter table refunds
      drop constraint refunds_pkey,
      drop constraint refunds_status,
      add column id text,
      add column number integer not null default 1,
      add column amount bigint,
      add column items text,
      add column key text,
      add column returned boolean not null default false,
      add column end_reason text`.execute(db);
  await sql`
    update refunds set id = payment_id, amount = payments.amount
    from payments where payments.id = payment_id`.execute(db);
  await sql`
    alter table refunds
      alter column id set not null,
      alter column amount set not null,
      alter column number drop default,
      add constraint refunds_pkey primary key (id),
      add constraint refunds_number unique (payment_id, number),
      add constraint refunds_amount check (amount >= 1),
      add constraint refunds_status check (
        status in ('wanted', 'pending', 'succeeded', 'failed', 'ended')),
      add constraint refunds_ended check ((status = 'ended') = (end_reason is not null))`.execute(
    db,
  );
  await sql`
    create unique index refunds_key on refunds (payment_id, key) where key is not null`.execute(db);
  await sql`
    create unique index refunds_at_stripe on refunds (stripe_id)
    where stripe_id is not null`.execute(db);
  await sql`
    create index webhook_events_ended on webhook_events (result)
    where result like 'ended:%'`.execute(db);

  // Units of an order that were given back (I1, I7): never more than it has.
  await sql`
    alter table order_items
      add column returned integer not null default 0,
      add constraint order_items_returned check (returned >= 0 and returned <= quantity)`.execute(
    db,
  );
  await sql`
    update order_items set returned = quantity
    from orders where orders.id = order_id and status = 'refunded'`.execute(db);

  // as_of: when Stripe said so last; its events arrive in any order.
  await sql`
    create table disputes (
      id text primary key,
      payment_id text not null references payments,
      status text not null,
      reason text not null,
      amount bigint not null,
      currency text not null,
      respond_by timestamptz,
      created_at timestamptz not null,
      as_of timestamptz not null
    )`.execute(db);
  await sql`create index disputes_by_payment on disputes (payment_id)`.execute(db);
  // Endpoints that subscribed to everything still do.
  await sql`
    update webhook_endpoints set events = events || '{dispute.opened,dispute.closed}'::text[]
    where events @> '{order.paid,order.offered,order.refunded,payment.returned}'::text[]`.execute(
    db,
  );

  // Redis holds more of a paid ticket than before: in a newer epoch every shard is written anew.
  await sql`update shards set epoch = epoch + 1 where epoch > 0`.execute(db);
}
