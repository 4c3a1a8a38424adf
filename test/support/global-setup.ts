import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../../demo/postgres.ts';
import { buildPages } from './pages.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The superuser URL of the run's Postgres, for the database `postgres`. */
    postgresUrl: string;
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
      // log.
      settings: { fsync: 'off', max_connections: '300' },
    }),
    buildPages(pages),
  ]);
  const endWithUs = () => process.kill(postgres.pid, 'SIGQUIT');
  process.once('exit', endWithUs);
  project.provide('postgresUrl', postgres.adminUrl);
  project.provide('pagesFolder', pages);

  return async () => {
    process.off('exit', endWithUs);
    await postgres.stop();
    rmSync(dir, { recursive: true, force: true });
  };
}
