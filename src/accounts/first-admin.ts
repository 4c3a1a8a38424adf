import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';
import { findUserByEmail, insertUser, makeAdmin } from '../db/users.ts';
import type { Passwords } from './passwords.ts';

/** For whom the passwords of this process itself are hashed. */
const OWN = 'own';

/**
 * Ensures that the address has an account with this password and the role admin. Several processes
 * may do so at once: each changes only what it has read, and a correct account stays as it is.
 */
export async function ensureAdmin(
  { db, passwords, log }: { db: Db; passwords: Passwords; log: Logger },
  { email, password }: { email: string; password: string },
): Promise<void> {
  for (;;) {
    const seen = await findUserByEmail(db, email);
    if (seen === undefined) {
      const password_hash = await passwords.hash(password, OWN);
      const id = randomUUID();
      const made = await insertUser(db, { id, email, name: null, password_hash, role: 'admin' });
      if (made !== undefined) return log.info({ user: id }, 'the first admin has an account');
      continue;
    }
    if (seen.role === 'admin' && (await passwords.fits(password, seen.password_hash, OWN))) return;
    if (await makeAdmin(db, seen, await passwords.hash(password, OWN))) {
      return log.info({ user: seen.id }, 'the first admin was made an admin or has a new password');
    }
  }
}
