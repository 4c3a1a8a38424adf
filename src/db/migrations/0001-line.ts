import { type Kysely, sql } from 'kysely';

/** Sales, the log of the line, and what is projected from it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table shards (
      shard integer primary key,
      epoch integer not null default 0,
      log_seq bigint not null default 0,
      log_hash bytea not null default '\\x',
      last_job bigint not null default 0,
      passed bigint not null default 0
    )`.execute(db);

  await sql`
    create table sales (
      id text primary key,
      shard integer not null references shards,
      name text not null,
      description text not null,
      starts_at timestamptz not null,
      ends_at timestamptz not null,
      closed text not null default '',
      per_buyer_limit integer not null,
      hold_seconds integer not null,
      line_number bigint not null default 0,
      passed bigint not null default 0,
      last_seq bigint,
      created_at timestamptz not null default now(),
      constraint sales_window check (starts_at < ends_at),
      constraint sales_closed check (closed in ('', 'closed', 'ended')),
      constraint sales_limit check (per_buyer_limit >= 1),
      constraint sales_hold check (hold_seconds between 1 and 86400)
    )`.execute(db);
  await sql`create index sales_by_shard on sales (shard)`.execute(db);

  // I1 as a constraint: available + held + sold = total, none negative.
  await sql`
    create table products (
      id text primary key,
      sale_id text not null references sales,
      index integer not null,
      name text not null,
      description text not null,
      amount integer not null,
      currency text not null,
      total integer not null,
      available integer not null,
      held integer not null default 0,
      sold integer not null default 0,
      constraint products_place unique (sale_id, index),
      constraint products_amount check (amount >= 1),
      constraint products_not_negative check (available >= 0 and held >= 0 and sold >= 0),
      constraint products_conserved check (available + held + sold = total)
    )`.execute(db);

  await sql`
    create table log (
      shard integer not null references shards,
      seq bigint not null,
      epoch integer not null,
      kind text not null,
      sale_id text,
      batch_uid text,
      job bigint,
      entry text not null,
      hash bytea not null,
      recorded_at timestamptz not null default clock_timestamp(),
      primary key (shard, seq),
      constraint log_batch_once unique (batch_uid)
    )`.execute(db);

  await sql`
    create table orders (
      id text primary key,
      sale_id text not null references sales,
      ticket_id text not null,
      ticket_ref text not null,
      buyer_id text not null,
      status text not null,
      line_number bigint not null,
      amount bigint not null,
      currency text not null,
      hold_seq bigint not null,
      hold_expires_at timestamptz not null,
      created_at timestamptz not null default clock_timestamp(),
      ended_at timestamptz,
      constraint orders_ticket_once unique (ticket_id),
      constraint orders_line_number unique (sale_id, line_number),
      constraint orders_status check (
        status in ('held', 'paid', 'expired', 'cancelled', 'refunded'))
    )`.execute(db);
  await sql`create index orders_by_buyer on orders (buyer_id, created_at desc, id desc)`.execute(
    db,
  );
  await sql`create index orders_by_sale on orders (sale_id, status)`.execute(db);
  // I6: one live hold per buyer and sale, whatever the scripts think.
  await sql`
    create unique index orders_one_hold on orders (sale_id, buyer_id)
      where status = 'held'`.execute(db);

  await sql`
    create table order_items (
      order_id text not null references orders,
      product_id text not null references products,
      quantity integer not null,
      amount integer not null,
      primary key (order_id, product_id),
      constraint order_items_quantity check (quantity >= 1)
    )`.execute(db);

  await sql`
    create table inventory_ledger (
      id bigint generated always as identity primary key,
      shard integer not null,
      seq bigint not null,
      product_id text not null references products,
      cause text not null,
      order_id text,
      available integer not null,
      held integer not null,
      sold integer not null
    )`.execute(db);
  await sql`create index inventory_ledger_by_product on inventory_ledger (product_id)`.execute(db);

  await sql`
    create table sale_counts (
      sale_id text not null references sales,
      name text not null,
      count bigint not null,
      primary key (sale_id, name)
    )`.execute(db);

  // What a buyer asks for by name; filled from the log off the drain path, whose row it must not
  // lock.
  await sql`
    create table history (
      shard integer primary key references shards,
      seq bigint not null
    )`.execute(db);
  await sql`
    create table tickets (
      id bigint generated always as identity primary key,
      sale_id text not null references sales,
      line_number bigint not null,
      buyer_id text not null,
      ticket_id text not null,
      ticket_ref text not null,
      outcome text not null,
      duplicate_of text,
      decided_at timestamptz not null,
      constraint tickets_line_number unique (sale_id, line_number)
    )`.execute(db);
  await sql`create index tickets_by_buyer on tickets (buyer_id, id desc)`.execute(db);
}
