import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDb, type Db } from '../../src/db/client.ts';
import { findSaleOrders } from '../../src/db/order-pages.ts';
import { Client } from '../support/client.ts';
import { ownerUrl, silent } from '../support/database.ts';
import { insertOrders } from '../support/many-orders.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

describe('a page of a sale with 100,000 orders', () => {
  let system: TestSystem;
  let db: Db;
  let sale: string;
  beforeAll(async () => {
    system = await startSystem();
    // One connection: what Postgres counts is told by the connection that did it.
    db = connectDb(ownerUrl(system.databaseUrl), silent, 1);
    const made = await new Client(system.url).createSale();
    sale = made.id;
    await insertOrders(db, made, 100_000);
    await sql`insert into contacts (buyer_id, email)
      select 'buyer-' || n, case n when 77777 then 'Wanted@example.org' else n || '@example.org' end
      from generate_series(1, 100000) n`.execute(db);
    await sql`analyze contacts`.execute(db);
  });
  afterAll(async () => {
    await db.destroy();
    await system.stop();
  });

  it.each([
    ['all', {}, 101],
    ['all, from the middle on', { after: 50_000 }, 101],
    ['the rarest', { statuses: ['refunded'] }, 100],
    ['a rare and a frequent one', { statuses: ['held', 'refunded'], after: 50_000 }, 101],
    ['the last', { after: 2 }, 1],
    ['of a buyer', { text: 'buyer-77777' }, 1],
    ['of a payment', { text: 'pi_' }, 1],
    ['of an address', { text: 'wanted@' }, 1],
    ['of nobody', { text: 'nobody' }, 0],
  ] as const)('reads little more than the page: %s', async (_, wish, count) => {
    const { after, statuses, text } = { after: undefined, statuses: undefined, text: '', ...wish };
    const before = await rowsRead();
    const orders = await findSaleOrders(
      db,
      {
        sale,
        statuses,
        after: after && `${sale}-${after}`,
        ...(text === '' ? {} : { match: { text: text === 'pi_' ? `pi_${sale}-50004` : text } }),
      },
      101,
    );
    expect(orders).toHaveLength(count);
    // Up to 101 of each of five statuses, then those of the page.
    const read = (await rowsRead()) - before;
    expect(read).toBeGreaterThanOrEqual(count);
    expect(read).toBeLessThanOrEqual(5 * 101 + 101 + 20);
  });

  /** Rows of orders that the connection has read up to now, by an index or not. */
  async function rowsRead(): Promise<number> {
    await sql`select pg_stat_force_next_flush()`.execute(db);
    const { rows } = await sql<{ read: number }>`
      select (seq_tup_read + idx_tup_fetch)::float8 as read from pg_stat_user_tables
      where relname = 'orders'`.execute(db);
    return rows[0]?.read ?? 0;
  }
});
