import { type Kysely, sql } from 'kysely';

/**
 * What tickets without units found at their turn; and how many units were gone where the history
 * stands.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table tickets add column facts text`.execute(db);
  await sql`create index inventory_ledger_by_entry on inventory_ledger (shard, seq)`.execute(db);

  await sql`
    create table history_stock (
      product_id text primary key references products,
      total integer not null,
      gone integer not null
    )`.execute(db);
  // The history continues from its position: units as its last entry left them.
  await sql`
    insert into history_stock (product_id, total, gone)
    select product_id, sum(available + held + sold), sum(held + sold)
    from inventory_ledger join history using (shard)
    where inventory_ledger.seq <= history.seq
    group by product_id`.execute(db);
}
