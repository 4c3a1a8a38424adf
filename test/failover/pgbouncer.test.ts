import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectDb } from '../../src/db/client.ts';
import { migrateToLatest } from '../../src/db/migrator.ts';
import { checkDatabase } from '../support/checker.ts';
import { Client } from '../support/client.ts';
import { silent } from '../support/database.ts';
import { startPgBouncer } from '../support/pgbouncer.ts';
import { runSql, startTestPostgres, type TestPostgres } from '../support/postgres-server.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

let postgres: TestPostgres;
let bouncer: Awaited<ReturnType<typeof startPgBouncer>>;
let system: TestSystem;
let client: Client;
beforeEach(async () => {
  postgres = await startTestPostgres();
  bouncer = await startPgBouncer(postgres.url);
  const db = connectDb(bouncer.url, silent, 1);
  await migrateToLatest(db);
  await db.destroy();
  system = await startSystem({ shards: 4, wrapDatabase: async () => bouncer.url });
  client = new Client(system.url);
});
afterEach(async () => {
  await system.stop();
  await bouncer.stop();
  await postgres.stop();
});

it('everything works through a pooler in transaction mode, a rebuild too', async () => {
  const sale = await client.createSale({ stock: 30 });
  system.startWorker();
  const buyers = await Promise.all(Array.from({ length: 20 }, (_, i) => client.token(`b${i}`)));
  const before = await Promise.all(buyers.slice(0, 10).map((token) => client.buy(sale, token)));
  expect(new Set(before.map(({ status }) => status))).toEqual(new Set(['held']));

  for (let loss = 0; loss < 3; loss++) {
    await system.redis.flushall();
    const checks = [0, 1, 2, 3].map((shard) => system.shards.at(shard).check());
    await Promise.all(checks);
  }
  const after = await Promise.all(buyers.slice(10).map((token) => client.buy(sale, token)));
  expect(after.map(({ lineNumber }) => lineNumber).sort((a = 0, b = 0) => a - b)).toEqual(
    Array.from({ length: 10 }, (_, i) => i + 11),
  );
  expect(await checkDatabase(system.db)).toEqual([]);
});

it('leaves nothing of a session behind on the connections of the pooler', async () => {
  const sale = await client.createSale({ stock: 3 });
  system.startWorker();
  await client.buy(sale, await client.token('ann'));
  await system.redis.flushall();
  await system.shards.at(0).check();
  await client.buy(sale, await client.token('bob'));
  await system.stopWorker();

  expect(await runSql(postgres.url, "select * from pg_locks where locktype = 'advisory'")).toEqual(
    [],
  );
  const seen = new Set<string>();
  for (let i = 0; i < 20; i++) {
    const [row] = await runSql(
      bouncer.url,
      `select current_setting('statement_timeout') || ' ' ||
        current_setting('lock_timeout') || ' ' ||
        current_setting('idle_in_transaction_session_timeout') as settings`,
    );
    seen.add(String(row?.['settings']));
  }
  expect(seen).toEqual(new Set(['0 0 0']));
});
