import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEngineProcess } from '../../demo/engine-process.ts';
import { findFreePort } from '../../demo/free-port.ts';
import { startPostgres } from '../../demo/postgres.ts';
import { findPostgresBinaries } from '../../demo/postgres-binaries.ts';
import { findPostgresOwner } from '../../demo/postgres-owner.ts';

/** A Postgres of a test's own, for what must not happen to the one that the run shares. */
export interface TestPostgres {
  /** The URL of the database `fairline`, as superuser. */
  readonly url: string;
  readonly dir: string;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

const SETTINGS = { fsync: 'off', max_connections: '100' };

export async function startTestPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<TestPostgres> {
  const base = makeFolder();
  const dir = join(base, 'data');
  const server = await startPostgres({ dir, settings: { ...SETTINGS, ...settings } });
  const endWithUs = () => process.kill(server.pid, 'SIGQUIT');
  process.once('exit', endWithUs);
  const end = async (how: () => Promise<void>) => {
    process.off('exit', endWithUs);
    await how();
  };
  return {
    url: server.url,
    dir,
    stop: async () => {
      await end(server.stop);
      rmSync(base, { recursive: true, force: true });
    },
    kill: () => end(server.kill),
  };
}

/** Starts a streaming standby of a primary, from a copy of its files. */
export async function startStandby(primary: TestPostgres): Promise<TestPostgres> {
  const base = makeFolder();
  const dir = join(base, 'data');
  await copyFiles(primary, dir);
  const owner = findPostgresOwner();
  const port = await findFreePort();
  const { hostname, port: primaryPort, username, password } = new URL(primary.url);
  const settings = {
    ...SETTINGS,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    primary_conninfo: `host=${hostname} port=${primaryPort} user=${username} password=${password}`,
  };
  const engine = await startEngineProcess({
    engine: 'Postgres standby',
    command: (await findPostgresBinaries()).postgres,
    args: [
      ...['-D', dir, '-p', String(port)],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    ready: 'database system is ready to accept read-only connections',
    env: { LC_ALL: 'C', TZ: 'UTC' },
    ...(owner && { owner }),
  });
  const endWithUs = () => process.kill(engine.pid, 'SIGQUIT');
  process.once('exit', endWithUs);
  const end = async (signal: NodeJS.Signals) => {
    process.off('exit', endWithUs);
    await engine.end(signal);
  };
  const url = new URL(primary.url);
  url.port = String(port);
  return {
    url: url.href,
    dir,
    stop: async () => {
      await end('SIGINT');
      rmSync(base, { recursive: true, force: true });
    },
    kill: () => end('SIGKILL'),
  };
}

/** Runs one statement on a connection of its own. */
export async function runSql(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** An online base backup (https://www.postgresql.org/docs/current/continuous-archiving.html). */
async function copyFiles(primary: TestPostgres, dir: string): Promise<void> {
  const client = new pg.Client(primary.url);
  await client.connect();
  try {
    await client.query("select pg_backup_start('standby', true)");
    execFileSync('cp', ['-a', primary.dir, dir]);
    const { rows } = await client.query('select labelfile from pg_backup_stop(false)');
    for (const file of ['postmaster.pid', 'postmaster.opts'])
      rmSync(join(dir, file), { force: true });
    const owner = findPostgresOwner();
    for (const [file, text] of [
      ['backup_label', String(rows[0].labelfile)],
      ['standby.signal', ''],
    ] as const) {
      writeFileSync(join(dir, file), text, { mode: 0o600 });
      if (owner) chownSync(join(dir, file), owner.uid, owner.gid);
    }
  } finally {
    await client.end();
  }
}

/** A temporary folder that Postgres can enter when it runs as another user. */
function makeFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'fairline-postgres-'));
  chmodSync(dir, 0o755);
  return dir;
}
