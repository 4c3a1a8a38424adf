import { execFile } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import { z } from 'zod';

/**
 * The version that is in use while this one comes: the commit of the last release. CONTRIBUTING.md,
 * "A release", says when to move it.
 */
export const RELEASED = 'e09f9b90307e54f3bc4d84b5e15697f3b45165e0';

const ROOT = join(import.meta.dirname, '../..');

/** What the processes of a version consist of. */
const PARTS = ['src', 'lua', 'package.json', 'package-lock.json', '.npmrc'];

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({ version: z.string().optional(), dev: z.boolean().optional() }),
  ),
});

const run = promisify(execFile);

/**
 * Writes a version of Fairline, ready to run, into a folder: its files as they are in git, and its
 * packages. Where both versions lock the same packages for production, those of this checkout are
 * linked, which takes no time; otherwise npm installs them.
 *
 * @throws Error when git does not have the commit: it says how to fetch it
 */
export async function checkOut(commit: string, folder: string): Promise<void> {
  await run('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: ROOT }).catch(() => {
    throw new Error(
      `The last release, ${commit}, is not in this clone, so that nothing shows that this version ` +
        `can run beside it. Fetch it: git fetch origin ${commit} (in CI: fetch-depth: 0). A folder ` +
        'without git, such as an unpacked archive, cannot run this test: clone the repository.',
    );
  });
  const archive = join(folder, 'version.tar');
  await run('git', ['archive', '--output', archive, commit, ...PARTS], { cwd: ROOT });
  await run('tar', ['-xf', archive, '-C', folder]);
  if (isDeepStrictEqual(lockedIn(folder), lockedIn(ROOT))) {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  } else {
    await run('npm', ['ci', '--omit=dev', '--ignore-scripts'], { cwd: folder });
  }
}

/** The packages that a version runs with, without those that only its development needs. */
function lockedIn(folder: string) {
  const { packages } = lockSchema.parse(
    JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')),
  );
  return Object.entries(packages).flatMap(([path, { dev, version }]) =>
    path === '' || dev === true ? [] : [[path, version]],
  );
}
