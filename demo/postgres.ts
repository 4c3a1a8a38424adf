import { execFile } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { type EngineProcess, EngineStartError, startEngineProcess } from './engine-process.ts';
import { findFreePort } from './free-port.ts';
import { isRunning, stopProcess } from './leftovers.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { assertReachable, findPostgresOwner, type Owner } from './postgres-owner.ts';

const USER = 'fairline';
const PASSWORD = 'fairline';
const DATABASE = 'fairline';

/** Nothing from the user's environment (locale, time zone, PG*) may affect Postgres. */
const ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC' };

/** How long a start may wait for the backends of a killed server to end. */
const TAKEOVER_MS = 30_000;

export interface PostgresOptions {
  /** The data folder; created and initialised when missing. */
  dir: string;
  /** Default: a free one. */
  port?: number;
  /** Server settings, as `postgres -c name=value` takes them. */
  settings?: Readonly<Record<string, string>>;
}

/** A running Postgres server. */
export interface RunningPostgres {
  /** The URL of the database `fairline`. */
  url: string;
  /** The URL of the database `postgres`, for statements that cannot run in `fairline`. */
  adminUrl: string;
  port: number;
  pid: number;
  /** Resolves when it has ended, for whatever reason. */
  exited: Promise<void>;
  /** The last lines of its output. */
  output(): string;
  /** Stops it cleanly (fast shutdown: open transactions are rolled back) and waits for the end. */
  stop(): Promise<void>;
  /** Kills it with SIGKILL, like a crash. It can be restarted on the same folder and port. */
  kill(): Promise<void>;
}

/**
 * Starts the embedded Postgres on 127.0.0.1, with a superuser and a database `fairline`. A server
 * that an earlier run left behind on the folder is stopped first.
 *
 * @throws EngineStartError when it does not become ready; Error when its user may not enter the
 * folder
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  mkdirSync(options.dir, { recursive: true });
  const dir = realpathSync(options.dir);
  const binaries = await findPostgresBinaries();
  const owner = findPostgresOwner();
  // The owner gets the data folder itself; its mode is up to Postgres.
  if (owner) assertReachable([dirname(binaries.postgres), dirname(dir)], owner);

  if (!existsSync(join(dir, 'PG_VERSION'))) await initialise(binaries.initdb, dir, owner);
  await stopLeftoverServer(dir);
  const { engine, port } = await startOnPort(binaries.postgres, dir, owner, options);

  const adminUrl = urlOf(port, 'postgres');
  await createDatabase(adminUrl);
  return {
    url: urlOf(port, DATABASE),
    adminUrl,
    port,
    pid: engine.pid,
    exited: engine.exited,
    output: engine.output,
    stop: () => engine.end('SIGINT'),
    kill: () => engine.end('SIGKILL'),
  };
}

/** Initialises the data folder beside its place and moves it there: a partial one is never used. */
async function initialise(initdb: string, dir: string, owner: Owner | undefined): Promise<void> {
  const fresh = `${dir}.new`;
  const passwordFile = `${dir}.password`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  if (owner) chownSync(fresh, owner.uid, owner.gid);
  writeFileSync(passwordFile, PASSWORD);
  try {
    await promisify(execFile)(
      initdb,
      [
        `--pgdata=${fresh}`,
        `--username=${USER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--no-locale',
        '--encoding=UTF8',
        '--no-instructions',
      ],
      { ...owner, env: ENVIRONMENT, cwd: '/' },
    );
  } catch (error) {
    throw new EngineStartError('initdb', error instanceof Error ? error.message : String(error));
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(fresh, dir);
}

async function stopLeftoverServer(dir: string): Promise<void> {
  const file = join(dir, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
  if (!Number.isInteger(pid) || pid <= 0) return;
  const server = { pid, marks: ['postgres', dir] };
  if (isRunning(server)) {
    await stopProcess(server, 'SIGINT');
  } else if (exists(pid)) {
    // The pid now belongs to another program (usual in containers) or a zombie: Postgres would take
    // that for a running server. Removed only then: otherwise the file helps it find live backends.
    rmSync(file);
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function startOnPort(
  postgres: string,
  dir: string,
  owner: Owner | undefined,
  options: PostgresOptions,
): Promise<{ engine: EngineProcess; port: number }> {
  const deadline = performance.now() + TAKEOVER_MS;
  for (;;) {
    const port = options.port ?? (await findFreePort());
    try {
      const engine = await startEngineProcess({
        engine: 'Postgres',
        command: postgres,
        args: ['-D', dir, '-p', String(port), ...settingArgs(options.settings)],
        ready: 'database system is ready to accept connections',
        env: ENVIRONMENT,
        ...(owner && { owner }),
      });
      return { engine, port };
    } catch (error) {
      // The backends of a killed server end on their own, busy ones a little later. And another
      // process may take the free port before Postgres does.
      const passing =
        error instanceof EngineStartError &&
        (error.output.includes('pre-existing shared memory block') ||
          (options.port === undefined && error.output.includes('Address already in use')));
      if (!passing || performance.now() > deadline) throw error;
      await delay(100);
    }
  }
}

function settingArgs(more: Readonly<Record<string, string>> = {}): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...more,
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function urlOf(port: number, database: string): string {
  return `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/${database}`;
}

async function createDatabase(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}
