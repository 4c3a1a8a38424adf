import { sql } from 'kysely';
import { judgeRenewal } from '../domain/renewal.ts';
import type { Role } from '../domain/role.ts';
import type { Db, Tx } from './client.ts';

/** Lifetime of a refresh token; its successor starts a new one. */
const TTL = sql`interval '30 days'`;

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
    await insertToken(tx, family, hash, 1);
    return true;
  });
}

/**
 * Gives a refresh token a successor, in one transaction. A token can be exchanged any number of
 * times until one of its successors has been; later use shows that two parties hold tokens of the
 * session, and the whole family ends.
 */
export async function exchangeToken(db: Db, hash: Buffer, successor: Buffer): Promise<Exchange> {
  return db.transaction().execute(async (tx): Promise<Exchange> => {
    const session = await lockSession(tx, hash);
    if (session === undefined) return { status: 'refused' };
    const { family, newestUsed, usedForMs, user } = session;
    const token = await readToken(tx, hash);
    if (token === undefined || token.isExpired) return { status: 'refused' };
    const { generation, isUsed } = token;
    const verdict = judgeRenewal({ generation, isUsed, newestUsed, usedForMs });
    if (verdict === 'reuse') {
      await tx.deleteFrom('refresh_families').where('id', '=', family).execute();
      return { status: 'reused', userId: user.id };
    }
    if (verdict === 'advance') {
      await tx
        .updateTable('refresh_families')
        .set({ newest_used: generation, newest_used_at: now })
        .where('id', '=', family)
        .execute();
    }
    if (!isUsed) {
      await tx
        .updateTable('refresh_tokens')
        .set({ replaced_at: now })
        .where('hash', '=', hash)
        .execute();
    }
    await insertToken(tx, family, successor, generation + 1);
    return { status: 'replaced', user };
  });
}

/** The id of the session that a refresh token belongs to, used or not; undefined: none. */
export async function findFamily(db: Db, hash: Buffer): Promise<string | undefined> {
  const token = await db
    .selectFrom('refresh_tokens')
    .select('family')
    .where('hash', '=', hash)
    .executeTakeFirst();
  return token?.family;
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
    .select(['newest_used', msSince('newest_used_at').as('usedForMs')])
    .where('f.id', 'in', (eb) =>
      eb.selectFrom('refresh_tokens').select('family').where('hash', '=', hash),
    )
    .forUpdate('f')
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { guest_id: guest, guest_email: guestEmail, id, email, name, role } = row;
  const { family, newest_used: newestUsed, usedForMs } = row;
  const state = { family, newestUsed, usedForMs: usedForMs ?? 0 };
  if (id !== null && email !== null && role !== null) {
    return { ...state, user: { id, email, name, role } satisfies SessionUser };
  }
  if (guest === null || guestEmail === null) return undefined;
  const user: SessionUser = { id: guest, email: guestEmail, name: null, role: 'buyer' };
  return { ...state, user };
}

async function insertToken(tx: Tx, family: string, hash: Buffer, generation: number) {
  await tx
    .insertInto('refresh_tokens')
    .values({ hash, family, generation, expires_at: sql<Date>`clock_timestamp() + ${TTL}` })
    .execute();
}

async function readToken(tx: Tx, hash: Buffer) {
  return tx
    .selectFrom('refresh_tokens')
    .select(({ eb }) => [
      'generation',
      eb('replaced_at', 'is not', null).$castTo<boolean>().as('isUsed'),
      eb('expires_at', '<=', now).$castTo<boolean>().as('isExpired'),
    ])
    .where('hash', '=', hash)
    .executeTakeFirst();
}

/** Time since then by the clock of Postgres, in ms; null where there is none. */
function msSince(column: 'newest_used_at') {
  const ref = sql.ref(column);
  return sql<number | null>`extract(epoch from clock_timestamp() - ${ref})::float8 * 1000`;
}
