import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { startPostgres } from '../../demo/postgres.ts';
import { assertReachable } from '../../demo/postgres-owner.ts';
import { makeTempDir } from '../support/temp-dir.ts';

test('keeps what it committed over a kill and over a clean restart', async () => {
  const dir = join(makeTempDir(), 'postgres');
  const first = await start({ dir });
  await query(first.url, 'CREATE TABLE t AS SELECT 1 AS n');
  // Open connections make Postgres refuse the next start for a moment.
  const busy = await connect(first.url);
  const interrupted = expect(busy.query('SELECT pg_sleep(60)')).rejects.toThrow();
  await first.kill();

  const second = await start({ dir, port: first.port });
  await interrupted;
  expect(second.url).toBe(first.url);
  await query(second.url, 'INSERT INTO t VALUES (2)');
  await second.stop();

  const third = await start({ dir });
  expect(await query(third.url, 'SELECT n FROM t ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }]);
});

test('takes its settings, and none from the environment', async () => {
  const settings = { max_connections: '17' };
  const postgres = await start({ dir: join(makeTempDir(), 'postgres'), settings });
  const rows = await query(
    postgres.url,
    `SELECT current_setting('max_connections') AS max_connections,
            current_setting('TimeZone') AS time_zone,
            current_setting('server_encoding') AS encoding,
            current_setting('listen_addresses') AS listens,
            (SELECT datcollate FROM pg_database WHERE datname = current_database()) AS "collation"`,
  );
  expect(rows).toEqual([
    {
      max_connections: '17',
      time_zone: 'UTC',
      encoding: 'UTF8',
      listens: '127.0.0.1',
      collation: 'C',
    },
  ]);
});

test('says what Postgres said when it cannot start', async () => {
  const settings = { no_such_setting: '1' };
  const starting = startPostgres({ dir: join(makeTempDir(), 'postgres'), settings });
  await expect(starting).rejects.toThrow(/no_such_setting/);
});

test('a folder that the Postgres user cannot enter is named before anything starts', () => {
  const closed = join(makeTempDir(), 'closed');
  const dir = join(closed, 'project/.data');
  mkdirSync(dir, { recursive: true });
  chmodSync(closed, 0o000);
  onTestFinished(() => chmodSync(closed, 0o755));
  // Only root can switch users, and only root needs to.
  const uid = process.getuid?.() || 65_534;
  const gid = process.getgid?.() || 65_534;

  expect(() => assertReachable([dir], { uid, gid })).toThrow(`may not enter ${closed}.`);
  chmodSync(closed, 0o755);
  expect(() => assertReachable([dir], { uid, gid })).not.toThrow();
});

async function start(options: Parameters<typeof startPostgres>[0]) {
  const postgres = await startPostgres(options);
  onTestFinished(() => postgres.stop());
  return postgres;
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = await connect(url);
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
