import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * The secret stored in the file, readable by its owner only; the first call creates it.
 *
 * @param make makes one; 32 random bytes when left out
 */
export function keepSecret(file: string, make = makeSecret): string {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true });
    // Moved into place: a process killed here leaves no partial secret.
    writeFileSync(`${file}.new`, make(), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  return readFileSync(file, 'utf8').trim();
}

function makeSecret(): string {
  return randomBytes(32).toString('base64url');
}
