import { type SelectQueryBuilder, sql } from 'kysely';
import type { Role } from '../domain/role.ts';
import type { Db, Tx } from './client.ts';
import type { Database } from './schema.ts';

/** Lifetime of a refresh token; its successor starts a new one. */
const TTL = sql`interval '30 days'`;
/** How long the same token may be used a second time: two browser tabs that refresh at once. */
const GRACE = sql`interval '10 seconds'`;

const now = sql<Date>`clock_timestamp()`;

/** The owner of a session: a user who has entered a password, or a guest. */
export type Holder =
  | { readonly userId: string; readonly passwordHash: string }
  | { readonly guestId: string; readonly guestEmail: string };

/** The current owner of a session. */
export interface SessionUser {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  readonly role: Role;
}

/**
 * The result of an exchange: the user continues with the successor, the token is refused, or its
 * family has ended.
 */
export type Exchange =
  | { readonly status: 'replaced'; readonly user: SessionUser }
  | { readonly status: 'refused' }
  | { readonly status: 'reused'; readonly userId: string };

/**
 * Starts a session with its first refresh token.
 *
 * @param family a new id
 * @param hash of the token
 * @returns false when the user's password has changed meanwhile
 */
export async function beginSession(
  db: Db,
  family: string,
  holder: Holder,
  hash: Buffer,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    if ('userId' in holder) {
      // Locked: a new password ends all sessions, and this one must not start after that.
      const user = await tx
        .selectFrom('users')
        .select('id')
        .where('id', '=', holder.userId)
        .where('password_hash', '=', holder.passwordHash)
        .forShare()
        .executeTakeFirst();
      if (user === undefined) return false;
    }
    const whose =
      'userId' in holder
        ? { user_id: holder.userId }
        : { guest_id: holder.guestId, guest_email: holder.guestEmail };
    await tx
      .insertInto('refresh_families')
      .values({ id: family, ...whose })
      .execute();
    await insertToken(tx, family, hash, null);
    return true;
  });
}

/**
 * Gives a refresh token its successor, by compare-and-set in one transaction. A token that has one
 * gets a second one within the grace, once, and only while the first has no successor; later use
 * shows that two parties have it, and the whole family ends. Within the grace a third use is only
 * refused: a third tab is no thief.
 */
export async function exchangeToken(db: Db, hash: Buffer, successor: Buffer): Promise<Exchange> {
  return db.transaction().execute(async (tx): Promise<Exchange> => {
    const session = await lockSession(tx, hash);
    if (session === undefined) return { status: 'refused' };
    const { family, user } = session;
    if ((await replace(tx, hash)) || (await replaceAgain(tx, hash))) {
      await insertToken(tx, family, successor, hash);
      return { status: 'replaced', user };
    }
    if (!(await isReuse(tx, hash))) return { status: 'refused' };
    await tx.deleteFrom('refresh_families').where('id', '=', family).execute();
    return { status: 'reused', userId: user.id };
  });
}

/** Ends the session of a refresh token, used or not; nothing happens when there is none. */
export async function endSession(db: Db, hash: Buffer): Promise<void> {
  await db
    .deleteFrom('refresh_families')
    .where('id', 'in', (eb) =>
      eb.selectFrom('refresh_tokens').select('family').where('hash', '=', hash),
    )
    .execute();
}

/**
 * The family is locked before its tokens, here as where one is deleted: a transaction that waited
 * finds it gone.
 */
async function lockSession(tx: Tx, hash: Buffer) {
  const row = await tx
    .selectFrom('refresh_families as f')
    .leftJoin('users', 'users.id', 'f.user_id')
    .select(['f.id as family', 'guest_id', 'guest_email', 'users.id', 'email', 'name', 'role'])
    .where('f.id', 'in', (eb) =>
      eb.selectFrom('refresh_tokens').select('family').where('hash', '=', hash),
    )
    .forUpdate('f')
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { family, guest_id: guest, guest_email: guestEmail, id, email, name, role } = row;
  if (id !== null && email !== null && role !== null) {
    return { family, user: { id, email, name, role } satisfies SessionUser };
  }
  if (guest === null || guestEmail === null) return undefined;
  const user: SessionUser = { id: guest, email: guestEmail, name: null, role: 'buyer' };
  return { family, user };
}

async function insertToken(tx: Tx, family: string, hash: Buffer, parent: Buffer | null) {
  await tx
    .insertInto('refresh_tokens')
    .values({ hash, family, parent, expires_at: sql<Date>`clock_timestamp() + ${TTL}` })
    .execute();
}

async function replace(tx: Tx, hash: Buffer): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('refresh_tokens')
    .set({ replaced_at: now })
    .where('hash', '=', hash)
    .where('replaced_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

async function replaceAgain(tx: Tx, hash: Buffer): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('refresh_tokens')
    .set({ replaced_again: true })
    .where('hash', '=', hash)
    .where('replaced_again', '=', false)
    .where('expires_at', '>', now)
    .where('replaced_at', '>', sql<Date>`clock_timestamp() - ${GRACE}`)
    .where(({ not, exists, selectFrom }) => not(exists(goneOn(selectFrom('refresh_tokens'), hash))))
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/**
 * Whether a token that cannot be exchanged was exchanged before, so that using it now reveals a
 * second holder.
 */
async function isReuse(tx: Tx, hash: Buffer): Promise<boolean> {
  const token = await tx
    .selectFrom('refresh_tokens')
    .select(({ exists, selectFrom, eb }) => [
      eb('replaced_at', 'is not', null).as('isReplaced'),
      eb('replaced_at', '<=', sql<Date>`clock_timestamp() - ${GRACE}`).as('isOld'),
      exists(goneOn(selectFrom('refresh_tokens'), hash)).as('hasGoneOn'),
    ])
    .where('hash', '=', hash)
    .executeTakeFirst();
  if (token === undefined || !token.isReplaced) return false;
  return Boolean(token.isOld) || Boolean(token.hasGoneOn);
}

/** Successors of a token that have successors of their own. */
function goneOn(tokens: SelectQueryBuilder<Database, 'refresh_tokens', object>, hash: Buffer) {
  return tokens.select('hash').where('parent', '=', hash).where('replaced_at', 'is not', null);
}
