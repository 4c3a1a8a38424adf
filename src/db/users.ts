import { type Selectable, sql } from 'kysely';
import type { Db } from './client.ts';
import type { Database } from './schema.ts';

export type UserRecord = Selectable<Database['users']>;

/** The account of an e-mail address, in whatever case it is written. */
export async function findUserByEmail(db: Db, email: string): Promise<UserRecord | undefined> {
  return db
    .selectFrom('users')
    .selectAll()
    .where(sql`lower(email)`, '=', sql`lower(${email})`)
    .executeTakeFirst();
}

/** An account; undefined for guests and for users of an external identity provider. */
export async function findUser(db: Db, id: string): Promise<UserRecord | undefined> {
  return db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Creates an account; undefined when the address has one, which stays unchanged. */
export async function insertUser(
  db: Db,
  user: Pick<UserRecord, 'id' | 'email' | 'name' | 'password_hash' | 'role'>,
): Promise<UserRecord | undefined> {
  return db
    .insertInto('users')
    .values(user)
    .onConflict((conflict) => conflict.expression(sql`lower(email)`).doNothing())
    .returningAll()
    .executeTakeFirst();
}

/**
 * Makes a user an admin with a new password and ends its sessions, in one transaction. Does nothing
 * when the password is no longer the one that was read: another change was faster.
 *
 * @returns whether it was done
 */
export async function makeAdmin(
  db: Db,
  seen: Pick<UserRecord, 'id' | 'password_hash'>,
  passwordHash: string,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('users')
      .set({ role: 'admin', password_hash: passwordHash })
      .where('id', '=', seen.id)
      .where('password_hash', '=', seen.password_hash)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return false;
    await tx.deleteFrom('refresh_families').where('user_id', '=', seen.id).execute();
    return true;
  });
}
