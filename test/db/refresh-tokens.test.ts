import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDb, type Db } from '../../src/db/client.ts';
import {
  beginSession,
  type Exchange,
  endSession,
  exchangeToken,
} from '../../src/db/refresh-tokens.ts';
import { insertUser, makeAdmin } from '../../src/db/users.ts';
import { createDatabase, silent } from '../support/database.ts';

describe('sessions', () => {
  let db: Db;
  beforeAll(async () => {
    db = connectDb(await createDatabase(), silent, 20);
  });
  afterAll(() => db.destroy());

  const newHash = () => randomBytes(32);
  const newUser = async () => {
    const user = { id: randomUUID(), email: `${randomUUID()}@example.org`, name: null };
    await insertUser(db, { ...user, password_hash: 'old', role: 'buyer' });
    return user.id;
  };
  const begin = (userId: string, passwordHash: string, hash = newHash()) =>
    beginSession(db, randomUUID(), { userId, passwordHash }, hash);
  const sessionsOf = async (userId: string) =>
    (await db.selectFrom('refresh_families').select('id').where('user_id', '=', userId).execute())
      .length;

  it('do not begin with a password that has been changed', async () => {
    const userId = await newUser();
    expect(await begin(userId, 'old')).toBe(true);
    expect(await makeAdmin(db, { id: userId, password_hash: 'old' }, 'new')).toBe(true);
    expect(await begin(userId, 'old')).toBe(false);
    expect(await sessionsOf(userId)).toBe(0);
    expect(await begin(userId, 'new')).toBe(true);
  });

  it('of the old password are all gone, however many begin while it changes', async () => {
    const userId = await newUser();
    const beginnings = Promise.all(Array.from({ length: 12 }, () => begin(userId, 'old')));
    const change = makeAdmin(db, { id: userId, password_hash: 'old' }, 'new');
    expect(await change).toBe(true);
    await beginnings;
    expect(await sessionsOf(userId)).toBe(0);
  });

  it('a password that somebody else has changed is not changed again', async () => {
    const userId = await newUser();
    const seen = { id: userId, password_hash: 'old' };
    const outcomes = await Promise.all(['a', 'b', 'c'].map((hash) => makeAdmin(db, seen, hash)));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
  });

  it('give a successor to each of many that ask at once, and all of them are good', async () => {
    const userId = await newUser();
    const hash = newHash();
    await begin(userId, 'old', hash);
    const successors = Array.from({ length: 10 }, newHash);
    const statuses = (outcomes: Exchange[]) => new Set(outcomes.map(({ status }) => status));
    const asked = successors.map((successor) => exchangeToken(db, hash, successor));
    expect(statuses(await Promise.all(asked))).toEqual(new Set(['replaced']));
    const used = successors.map((successor) => exchangeToken(db, successor, newHash()));
    expect(statuses(await Promise.all(used))).toEqual(new Set(['replaced']));
  });

  it('leave no token behind, however many are exchanged while they end', async () => {
    const userId = await newUser();
    const hash = newHash();
    await begin(userId, 'old', hash);
    const successors = Array.from({ length: 6 }, newHash);
    await Promise.all([
      ...successors.map((successor) => exchangeToken(db, hash, successor)),
      endSession(db, hash),
    ]);
    expect(await sessionsOf(userId)).toBe(0);
    const tokens = await db.selectFrom('refresh_tokens').select('hash').execute();
    const left = tokens.filter((token) => successors.some((one) => one.equals(token.hash)));
    expect(left).toEqual([]);
  });
});
