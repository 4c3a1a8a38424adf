import { type Kysely, sql } from 'kysely';

/** Payments: what exists at Stripe for an order, its outcome, refunds, and events of Stripe. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table orders
      add column paid_at timestamptz,
      add constraint orders_paid check (
        (status in ('paid', 'refunded')) = (paid_at is not null))`.execute(db);

  // Written before Stripe is called: from then on the order may have a PaymentIntent.
  await sql`
    create table payment_requests (
      order_id text primary key references orders,
      attempt integer not null default 1,
      payment_id text,
      created_at timestamptz not null default clock_timestamp(),
      tries integer not null default 0,
      next_try_at timestamptz not null,
      away_since timestamptz,
      closed_at timestamptz
    )`.execute(db);
  await sql`
    create index payment_requests_open on payment_requests (next_try_at)
    where closed_at is null`.execute(db);

  // I8: a payment is settled once, and one payment pays an order.
  await sql`
    create table payments (
      id text primary key,
      order_id text not null references orders,
      status text not null,
      amount bigint not null,
      currency text not null,
      outcome text,
      seq bigint,
      created_at timestamptz not null default clock_timestamp(),
      constraint payments_outcome check (outcome in ('paid', 'retaken', 'refund')),
      constraint payments_settled check ((outcome is null) = (seq is null))
    )`.execute(db);
  await sql`create index payments_by_order on payments (order_id)`.execute(db);
  await sql`
    create unique index payments_one_pays on payments (order_id)
    where outcome in ('paid', 'retaken')`.execute(db);

  // I8: a payment is refunded once.
  await sql`
    create table refunds (
      payment_id text primary key references payments,
      reason text not null,
      restock boolean not null default false,
      status text not null default 'wanted',
      attempt integer not null default 1,
      stripe_id text,
      created_at timestamptz not null default clock_timestamp(),
      tries integer not null default 0,
      next_try_at timestamptz not null default clock_timestamp(),
      done_at timestamptz,
      constraint refunds_status check (status in ('wanted', 'pending', 'succeeded', 'failed')),
      constraint refunds_reason check (
        reason in (
          'wrong_amount', 'surplus', 'limit_reached', 'sold_out', 'requested', 'at_stripe'))
    )`.execute(db);
  await sql`create index refunds_open on refunds (next_try_at) where done_at is null`.execute(db);

  await sql`
    create table webhook_events (
      id text primary key,
      type text not null,
      payload text not null,
      received_at timestamptz not null default clock_timestamp(),
      tries integer not null default 0,
      next_try_at timestamptz not null default clock_timestamp(),
      applied_at timestamptz,
      result text
    )`.execute(db);
  await sql`
    create index webhook_events_open on webhook_events (next_try_at)
    where applied_at is null`.execute(db);

  // How far Stripe's list of events has been read.
  await sql`
    create table stripe_cursor (
      id boolean primary key default true,
      read_until timestamptz not null,
      constraint stripe_cursor_one check (id)
    )`.execute(db);

  // Redis holds more of a sale than before: in a newer epoch every shard is written anew.
  await sql`update shards set epoch = epoch + 1 where epoch > 0`.execute(db);
}
