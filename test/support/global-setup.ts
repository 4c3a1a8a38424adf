import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../../demo/postgres.ts';
import { grantAppRole } from '../../src/db/app-role.ts';
import { connectDb } from '../../src/db/client.ts';
import { migrateToLatest } from '../../src/db/migrator.ts';
import { APP_ROLE } from './app-role.ts';
import { buildPages } from './pages.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The superuser URL of the run's Postgres, for the database `postgres`. */
    postgresUrl: string;
    /** The name of a database with the newest schema, from which others are copied. */
    templateDatabase: string;
    /** The folder of the built pages. */
    pagesFolder: string;
  }
}

/** Starts one Postgres and builds the pages once per run, and provides both to the tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(tmpdir(), 'fairline-test-'));
  // When run as root, Postgres runs as another user, which needs access to this folder.
  chmodSync(dir, 0o755);
  const pages = join(dir, 'pages');
  const [postgres] = await Promise.all([
    startPostgres({
      dir: join(dir, 'postgres'),
      // No test simulates power loss, so nothing is lost without fsync; commits still wait for the
      // log. A database lives for some seconds: there is nothing to vacuum, in hundreds of them.
      settings: {
        fsync: 'off',
        full_page_writes: 'off',
        autovacuum: 'off',
        max_connections: '300',
      },
    }),
    buildPages(pages),
  ]);
  const endWithUs = () => process.kill(postgres.pid, 'SIGQUIT');
  process.once('exit', endWithUs);
  await migrate(postgres.url);
  project.provide('postgresUrl', postgres.adminUrl);
  project.provide('templateDatabase', new URL(postgres.url).pathname.slice(1));
  project.provide('pagesFolder', pages);

  return async () => {
    process.off('exit', endWithUs);
    await postgres.stop();
    rmSync(dir, { recursive: true, force: true });
  };
}

async function migrate(url: string): Promise<void> {
  const db = connectDb(url, pino({ level: 'silent' }), 1);
  await migrateToLatest(db);
  await grantAppRole(db, APP_ROLE);
  await db.destroy();
}
