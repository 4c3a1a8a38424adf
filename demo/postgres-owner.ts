import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';

/** The user that Postgres runs as. */
export interface Owner {
  uid: number;
  gid: number;
}

/**
 * Postgres refuses to run as root, so for root this finds the user `postgres`, or creates it
 * (Linux).
 *
 * @returns undefined when not root: Postgres then runs as the current user
 * @throws Error when there is no such user and none can be created
 */
export function findPostgresOwner(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = lookUp();
  if (owner) return owner;
  try {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']);
  } catch (error) {
    throw new Error(
      'Postgres does not run as root, and a user "postgres" could not be created. ' +
        'Create one, or start Fairline as another user, or set DATABASE_URL.',
      { cause: error },
    );
  }
  const made = lookUp();
  if (!made) throw new Error('The user "postgres" was created, but cannot be found.');
  return made;
}

/**
 * Ensures that the user may enter the folders and all their parents.
 *
 * @throws Error naming the first folder that it may not enter
 */
export function assertReachable(folders: readonly string[], owner: Owner): void {
  const chain = [...new Set(folders.flatMap(withParents))];
  // Checked as that user, because modes alone do not tell (groups, ACLs).
  const script = 'for folder; do [ -x "$folder" ] || { printf %s "$folder"; exit; }; done';
  const closed = execFileSync('/bin/sh', ['-c', script, 'sh', ...chain], {
    ...owner,
    cwd: '/',
    encoding: 'utf8',
  });
  if (closed === '') return;
  throw new Error(
    `Postgres runs as the user "postgres" here, and that user may not enter ${closed}. ` +
      `Move the project to another folder, or allow access: chmod a+x '${closed}'`,
  );
}

/** The parents of the folder from the root down, then the folder itself. */
function withParents(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [...withParents(parent), folder];
}

function lookUp(): Owner | undefined {
  try {
    return { uid: idOf('-u'), gid: idOf('-g') };
  } catch {
    return undefined;
  }
}

function idOf(flag: '-u' | '-g'): number {
  return Number(
    execFileSync('id', [flag, 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString(),
  );
}
