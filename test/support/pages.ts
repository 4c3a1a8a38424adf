import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');
const VITE = join(root, 'node_modules/vite/bin/vite.js');

/** Builds the production pages into a folder. */
export async function buildPages(folder: string): Promise<void> {
  // Tests run with NODE_ENV=test, which would make a development build.
  const env = { ...process.env, NODE_ENV: 'production' };
  const options = ['build', '--outDir', folder, '--emptyOutDir', '--logLevel', 'warn'];
  await promisify(execFile)(process.execPath, [VITE, ...options], { cwd: root, env });
}
