import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectDb } from '../../src/db/client.ts';
import { migrateToLatest } from '../../src/db/migrator.ts';
import { checkDatabase } from '../support/checker.ts';
import { Client } from '../support/client.ts';
import { silent } from '../support/database.ts';
import {
  runSql,
  startStandby,
  startTestPostgres,
  type TestPostgres,
} from '../support/postgres-server.ts';
import { proxyTo, type TcpProxy } from '../support/proxy.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

let primary: TestPostgres;
let standby: TestPostgres;
let name: TcpProxy;
let system: TestSystem;
let client: Client;
beforeEach(async () => {
  primary = await startTestPostgres();
  await migrate(primary.url);
  standby = await startStandby(primary);
  name = await proxyTo(new URL(primary.url));
  system = await startSystem({ wrapDatabase: async () => withDatabase(name.url, primary.url) });
  client = new Client(system.url);
});
afterEach(async () => {
  await system.stop();
  name.close();
  await Promise.all([standby.stop(), primary.stop()]);
});

it('a name that led to a standby before its promotion: connections are dropped', async () => {
  const sale = await client.createSale({ stock: 3 });
  system.startWorker();
  const ann = await client.token('ann');
  const first = await client.buy(sale, ann);
  expect(first).toMatchObject({ status: 'held' });
  await isReplayed();

  name.leadTo(new URL(standby.url));
  name.cut();
  // While it is a reader nothing is answered from it: not even that a ticket is not there.
  const seen: number[] = [];
  await expect
    .poll(async () => {
      const { status } = await client.call('GET', `/api/tickets/${first.ticketId}`, { token: ann });
      seen.push(status);
      return seen.length;
    })
    .toBeGreaterThan(5);
  expect(new Set(seen)).toEqual(new Set([503]));
  expect((await client.call('GET', '/readyz')).body).toMatchObject({ postgres: 'down' });
  const bob = await client.token('bob');
  const accepted = (await client.take(sale, bob)).body;

  await runSql(standby.url, 'select pg_promote()');
  expect(await client.poll(accepted.ticketId, bob)).toMatchObject({
    status: 'held',
    lineNumber: 2,
  });
  await expect.poll(async () => (await client.call('GET', '/readyz')).status).toBe(200);
  expect(await client.poll(first.ticketId, ann)).toEqual(first);
  expect(await checkDatabase(system.db)).toEqual([]);
});

it('a primary that stops taking writes: its connections leave the pool', async () => {
  const sale = await client.createSale({ stock: 3 });
  system.startWorker();
  expect(await client.buy(sale, await client.token('ann'))).toMatchObject({ status: 'held' });
  await runSql(primary.url, 'alter system set default_transaction_read_only = on');
  await runSql(primary.url, 'select pg_reload_conf()');
  await expect.poll(async () => (await client.call('GET', '/readyz')).status).toBe(503);

  await isReplayed();
  await runSql(standby.url, 'select pg_promote()');
  await runSql(standby.url, 'alter system reset default_transaction_read_only');
  name.leadTo(new URL(standby.url)); // old connections stay at the old primary
  expect(await client.buy(sale, await client.token('bob'))).toMatchObject({ status: 'held' });
  await expect.poll(async () => (await client.call('GET', '/readyz')).status).toBe(200);
});

async function migrate(url: string): Promise<void> {
  const db = connectDb(url, silent, 1);
  await migrateToLatest(db);
  await db.destroy();
}

/** Waits until the standby has replayed what the primary has committed. */
async function isReplayed(): Promise<void> {
  const [row] = await runSql(primary.url, 'select pg_current_wal_lsn()::text as lsn');
  await expect
    .poll(() => runSql(standby.url, `select pg_last_wal_replay_lsn() >= '${row?.['lsn']}' as done`))
    .toEqual([{ done: true }]);
}

function withDatabase(url: string, like: string): string {
  const named = new URL(url);
  named.pathname = new URL(like).pathname;
  return named.href;
}
