import { type Kysely, sql } from 'kysely';

/** What sellers read: the trail of what admins did, orders by page, and units by the minute. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // No foreign keys: the trail tells of tries too, and stands when everything else is gone.
  await sql`
    create table admin_actions (
      id bigint generated always as identity primary key,
      at timestamptz not null default clock_timestamp(),
      actor_id text not null,
      actor_email text,
      action text not null,
      sale_id text,
      subject_id text,
      wanted jsonb,
      before jsonb,
      after jsonb,
      request_id text not null,
      outcome text not null default 'started',
      constraint admin_actions_outcome check (outcome in ('started', 'done', 'refused', 'unclear'))
    )`.execute(db);
  await sql`create index admin_actions_by_sale on admin_actions (sale_id, id desc)`.execute(db);
  await sql`create index admin_actions_by_actor on admin_actions (actor_id, id desc)`.execute(db);

  // One index for every list of a sale's orders, see src/db/order-pages.ts, in place of a narrower
  // one: each index on orders is paid for by the recording.
  await sql`drop index orders_by_sale`.execute(db);
  await sql`
    create index orders_by_sale on orders (sale_id, status, created_at desc, id desc)`.execute(db);

  // When a row came into the ledger. Rows from before have none: the default comes after the
  // column, so that the table is not written anew, and the numbers need an hour only.
  await sql`alter table inventory_ledger add column at timestamptz`.execute(db);
  await sql`
    alter table inventory_ledger alter column at set default clock_timestamp()`.execute(db);
  await sql`
    create index inventory_ledger_ends on inventory_ledger (at)
    where cause in ('paid', 'retaken', 'expired')`.execute(db);
}
