import { execFile } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

/**
 * The version that is in use while this one comes: the files of the last release that its processes
 * consist of, as an archive, so that the tests need no history of git. CONTRIBUTING.md, "A
 * release", says when and how to replace it.
 */
const RELEASED = 'released.tar.gz';

const ROOT = join(import.meta.dirname, '../..');

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({ version: z.string().optional(), dev: z.boolean().optional() }),
  ),
});

const run = promisify(execFile);

/**
 * Writes the last release, ready to run, into a folder. Where it runs with packages that this
 * checkout has in the same versions, those are linked, which takes no time; otherwise npm installs
 * its own.
 */
export async function unpackReleased(folder: string): Promise<void> {
  await run('tar', ['-xzf', join(import.meta.dirname, RELEASED), '-C', folder]);
  const ours = lockedIn(ROOT);
  if ([...lockedIn(folder)].every(([path, version]) => ours.get(path) === version)) {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  } else {
    await run('npm', ['ci', '--omit=dev', '--ignore-scripts'], { cwd: folder });
  }
}

/** The packages that a version runs with, without those that only its development needs. */
function lockedIn(folder: string): Map<string, string | undefined> {
  const { packages } = lockSchema.parse(
    JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')),
  );
  const used = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true);
  return new Map(used.map(([path, { version }]) => [path, version]));
}
