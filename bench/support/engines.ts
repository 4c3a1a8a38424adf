import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runMigrations } from '../../demo/migrations.ts';
import { type RunningPostgres, startPostgres } from '../../demo/postgres.ts';
import { type RunningRedis, startRedis } from '../../demo/redis.ts';
import type { BenchContext } from './context.ts';

const MIGRATE = fileURLToPath(new URL('../../src/ops/migrate.ts', import.meta.url));

/** An empty Redis and a migrated, empty Postgres. */
export interface Engines {
  readonly redis: RunningRedis;
  readonly postgres: RunningPostgres;
}

/**
 * Runs `work` on new engines in a temporary folder and always removes everything afterwards. Both
 * write to disk before they answer: AOF `always`, `fsync` and `synchronous_commit` on.
 */
export async function withEngines<T>(
  context: BenchContext,
  work: (engines: Engines) => Promise<T>,
): Promise<T> {
  await using cleanup = context.newCleanup();
  const dir = mkdtempSync(join(tmpdir(), 'fairline-bench-'));
  cleanup.defer(() => rmSync(dir, { recursive: true, force: true }));
  // When run as root, Postgres runs as another user, which needs access to this folder.
  chmodSync(dir, 0o755);

  const starting = startPostgres({
    dir: join(dir, 'postgres'),
    settings: { fsync: 'on', synchronous_commit: 'on' },
  });
  cleanup.defer(() => stopStarted(starting));
  const postgres = await starting;
  endWithUs(cleanup, postgres.pid, 'SIGQUIT');

  context.signal.throwIfAborted();
  const startingRedis = startRedis({ dir: join(dir, 'redis') });
  cleanup.defer(() => stopStarted(startingRedis));
  const redis = await startingRedis;
  endWithUs(cleanup, redis.pid, 'SIGKILL');

  const env = { ...process.env, DATABASE_URL: postgres.url, LOG_LEVEL: 'fatal' };
  await runMigrations(MIGRATE, env);
  context.signal.throwIfAborted();
  return await work({ redis, postgres });
}

/** Stops an engine, including one that is still starting when everything must stop. */
async function stopStarted(starting: Promise<{ stop(): Promise<void> }>): Promise<void> {
  const engine = await starting.catch(() => undefined);
  await engine?.stop();
}

/** For an exit that skips the cleanup: no engine outlives this process. */
function endWithUs(cleanup: AsyncDisposableStack, pid: number, signal: NodeJS.Signals): void {
  const end = () => process.kill(pid, signal);
  process.once('exit', end);
  cleanup.defer(() => {
    process.off('exit', end);
  });
}
