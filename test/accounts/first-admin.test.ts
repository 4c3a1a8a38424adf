import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureAdmin } from '../../src/accounts/first-admin.ts';
import { Passwords } from '../../src/accounts/passwords.ts';
import type { SessionView } from '../../src/api/schemas/auth.ts';
import { connectDb, type Db } from '../../src/db/client.ts';
import { Client } from '../support/client.ts';
import { createDatabase, silent } from '../support/database.ts';
import { startSystem } from '../support/system.ts';

const email = 'seller@example.org';

describe('the first admin', () => {
  let db: Db;
  beforeAll(async () => {
    db = connectDb(await createDatabase(), silent);
  });
  afterAll(() => db.destroy());

  /** As several API processes that start at once. */
  const start = (password: string, processes = 4, address = email) =>
    Promise.all(
      Array.from({ length: processes }, () =>
        ensureAdmin({ db, passwords: new Passwords(), log: silent }, { email: address, password }),
      ),
    );
  const users = () => db.selectFrom('users').selectAll().execute();

  it('is made once, however many processes start at once', async () => {
    await start('a first password');
    const [user, ...more] = await users();
    expect(user).toMatchObject({ email, role: 'admin' });
    expect(more).toEqual([]);
  });

  it('stays as it is when nothing has changed, in whatever case the address is given', async () => {
    const before = await users();
    await start('a first password', 2, email.toUpperCase());
    expect(await users()).toEqual(before);
  });

  it('gets the new password once, and the role back', async () => {
    const [before] = await users();
    await db.updateTable('users').set({ role: 'buyer' }).execute();
    await start('another password');
    const [after, ...more] = await users();
    expect(more).toEqual([]);
    expect(after).toMatchObject({ id: before?.id, role: 'admin' });
    const fits = (password: string) => new Passwords().fits(password, after?.password_hash, 'test');
    expect([await fits('a first password'), await fits('another password')]).toEqual([false, true]);
  });
});

it('logs in, and who had the address before is out', async () => {
  const admin = { email, password: 'the real password' };
  const system = await startSystem();
  const before = new Client(system.url);
  const squatter = { email: 'Seller@example.org', password: 'the wrong one' };
  const squat = await before.call<SessionView>('POST', '/api/auth/register', { body: squatter });
  expect(squat.status).toBe(201);

  await ensureAdmin({ db: system.db, passwords: new Passwords(), log: silent }, admin);
  const logIn = (body: unknown) => before.call<SessionView>('POST', '/api/auth/login', { body });
  expect((await logIn(squatter)).status).toBe(401);
  const { refreshToken } = squat.body;
  const refreshed = await before.call('POST', '/api/auth/refresh', { body: { refreshToken } });
  expect(refreshed).toMatchObject({ status: 401, body: { code: 'invalid_refresh_token' } });
  const { status, body } = await logIn(admin);
  expect(status).toBe(200);
  expect(body.user.role).toBe('admin');
  const token = body.accessToken;
  expect((await before.call('GET', '/api/admin/metrics', { token })).status).toBe(200);
  await system.stop();
});
