import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectDb, type Db } from '../../src/db/client.ts';
import { RunningCounts } from '../../src/db/running-counts.ts';
import { ensureShards } from '../../src/db/shards.ts';
import { createDatabase, silent } from '../support/database.ts';
import { insertModelSales } from '../support/model-sales.ts';

let db: Db;
beforeAll(async () => {
  db = connectDb(await createDatabase(), silent);
  await ensureShards(db, 2);
});
afterAll(() => db.destroy());

const make = (id: string) => insertModelSales(db, 0, [id]);
const count = (sale: string, name: string, by: number) =>
  sql`insert into sale_counts (sale_id, name, count) values (${sale}, ${name}, ${by})
    on conflict (sale_id, name) do update set count = sale_counts.count + excluded.count`.execute(
    db,
  );
/** As the projections of both entries do. */
const archive = (sale: string, seq: number) =>
  sql`update sales set archived_seq = ${seq}, closed = 'closed' where id = ${sale}`.execute(db);
const restore = (sale: string) =>
  sql`update sales set archived_seq = null where id = ${sale}`.execute(db);

it('are the sums over all sales, and read those that are over once', async () => {
  const counts = new RunningCounts(db);
  const read = async () => Object.fromEntries(await counts.read());
  expect(await read()).toEqual({});
  await make('a');
  await make('b');
  await count('a', 'held', 3);
  await count('b', 'held', 4);
  await count('b', 'sold_out', 1);
  expect(await read()).toEqual({ held: 7, sold_out: 1 });

  await archive('a', 10);
  expect(await read()).toEqual({ held: 7, sold_out: 1 });
  // Nothing ever does this: it shows that the archived sale is not read again, and the other is.
  await count('a', 'held', 1_000);
  await count('b', 'held', 1);
  expect(await read()).toEqual({ held: 8, sold_out: 1 });

  // What came back may have changed.
  await restore('a');
  await count('a', 'refunded', 2);
  expect(await read()).toEqual({ held: 1_008, sold_out: 1, refunded: 2 });
  await archive('a', 11);
  expect(await read()).toEqual({ held: 1_008, sold_out: 1, refunded: 2 });

  // Also where it came back and left again between two reads.
  await restore('a');
  await count('a', 'refunded', 1);
  await archive('a', 12);
  expect(await read()).toEqual({ held: 1_008, sold_out: 1, refunded: 3 });

  // A sale that came and left between two reads.
  await make('c');
  await count('c', 'held', 5);
  await archive('c', 13);
  const last = { held: 1_013, sold_out: 1, refunded: 3 };
  expect(await read()).toEqual(last);
  expect(await read()).toEqual(last);
  expect(Object.fromEntries(await new RunningCounts(db).read())).toEqual(last);
});
