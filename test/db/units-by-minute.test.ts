import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { connectDb } from '../../src/db/client.ts';
import { readUnitsByMinute } from '../../src/db/units-by-minute.ts';
import { Client } from '../support/client.ts';
import { ownerUrl, silent } from '../support/database.ts';
import { startSystem } from '../support/system.ts';

it('units by the minute take the last hour of the ledger, however long it is', async () => {
  const system = await startSystem();
  // One connection: what Postgres counts is told by the connection that did it.
  const db = connectDb(ownerUrl(system.databaseUrl), silent, 1);
  onTestFinished(async () => {
    await db.destroy();
    await system.stop();
  });
  const sale = await new Client(system.url).createSale();
  const insert = (count: number, cause: string, minutes: number) =>
    sql`
    insert into inventory_ledger (shard, seq, product_id, cause, available, held, sold, at)
    select 0, n, ${sale.products[0]?.id}, ${cause}, 1, -1, 0,
      date_trunc('minute', clock_timestamp()) - ${minutes} * interval '1 minute'
    from generate_series(1, ${count}::integer) n`.execute(db);
  await insert(100_000, 'expired', 61);
  await insert(100_000, 'held', 1);
  await insert(1_000, 'expired', 1);
  await sql`insert into inventory_ledger (shard, seq, product_id, cause, available, held, sold, at)
    values (0, 1, ${sale.products[0]?.id}, 'expired', 1, -1, 0, null)`.execute(db); // from before
  await sql`analyze inventory_ledger`.execute(db);
  for (const saleId of [undefined, sale.id]) {
    const before = await rowsRead();
    const minutes = await readUnitsByMinute(db, saleId);
    expect(minutes.reduce((sum, one) => sum + one.expired, 0)).toBe(1_000);
    const read = (await rowsRead()) - before;
    expect(read).toBeGreaterThanOrEqual(1_000);
    expect(read).toBeLessThan(3_000);
  }

  /** Rows of the ledger that the connection has read up to now, by an index or not. */
  async function rowsRead(): Promise<number> {
    await sql`select pg_stat_force_next_flush()`.execute(db);
    const { rows } = await sql<{ read: number }>`
      select (seq_tup_read + idx_tup_fetch)::float8 as read from pg_stat_user_tables
      where relname = 'inventory_ledger'`.execute(db);
    return rows[0]?.read ?? 0;
  }
});
