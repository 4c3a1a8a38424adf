import { decodeJwt, decodeProtectedHeader } from 'jose';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionView, UserView } from '../../../src/api/schemas/auth.ts';
import type { ErrorCode } from '../../../src/domain/errors.ts';
import { ERRORS } from '../../../src/domain/errors.ts';
import { type Answer, Client, type Problem } from '../../support/client.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

const PASSWORD = 'correct horse';

let system: TestSystem;
let client: Client;
let people = 0;
beforeAll(async () => {
  system = await startSystem();
  client = new Client(system.url);
});
afterAll(() => system.stop());

const newEmail = () => `person-${++people}@example.org`;
const post = <T = SessionView>(path: string, body: unknown, at = client) =>
  at.call<T>('POST', `/api/auth/${path}`, { body });
const me = (token: string) => client.call<{ user: UserView }>('GET', '/api/me', { token });
const refresh = (refreshToken: string) => post('refresh', { refreshToken });

async function register(email = newEmail()): Promise<SessionView> {
  const answer = await post('register', { email, password: PASSWORD });
  expect(answer.status).toBe(201);
  return answer.body;
}

function expectRefused(answer: Answer, code: ErrorCode) {
  expect(answer).toMatchObject({ status: ERRORS[code].status, body: { code } });
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
}

describe('register', () => {
  it('makes a buyer and lets them in', async () => {
    const email = newEmail();
    const { status, headers, body } = await post('register', {
      email,
      password: PASSWORD,
      name: 'Ann',
    });
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      user: { id: expect.stringMatching(/^[\w-]{36}$/), email, name: 'Ann', role: 'buyer' },
      accessToken: expect.any(String),
      refreshToken: expect.stringMatching(/^[\w-]{43}$/),
      expiresIn: 900,
    });
    expect(await me(body.accessToken)).toMatchObject({ status: 200, body: { user: body.user } });
    expect(decodeProtectedHeader(body.accessToken)).toEqual({ alg: 'HS256', typ: 'at+jwt' });
    const claims = decodeJwt(body.accessToken);
    expect(claims).toMatchObject({
      iss: 'fairline',
      aud: 'fairline-api',
      sub: body.user.id,
      role: 'buyer',
      email,
    });
    expect(Number(claims.exp) - Number(claims.iat)).toBe(900);
  });

  it('keeps an Argon2id hash and no refresh token', async () => {
    const { user, refreshToken } = await register();
    const { password_hash: hash } = await system.db
      .selectFrom('users')
      .selectAll()
      .where('id', '=', user.id)
      .executeTakeFirstOrThrow();
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    const { rows } = await sql<{
      row: string;
    }>`select t::text as row from refresh_tokens t`.execute(system.db);
    expect(rows.length).toBeGreaterThan(0);
    const hex = Buffer.from(refreshToken).toString('hex');
    expect(rows.filter(({ row }) => row.includes(refreshToken) || row.includes(hex))).toEqual([]);
  });

  it('refuses a taken address, in whatever case, and changes nothing of it', async () => {
    const email = newEmail();
    await register(email);
    for (const again of [email, email.toUpperCase()]) {
      const answer = await post('register', { email: again, password: 'another one', name: 'Eve' });
      expectRefused(answer, 'registration_refused');
      expect(answer.body).not.toHaveProperty('accessToken');
    }
    expect((await post('login', { email, password: PASSWORD })).status).toBe(200);
    expectRefused(await post('login', { email, password: 'another one' }), 'invalid_credentials');
  });

  it('lets one of many at once have the address', async () => {
    const email = newEmail();
    const answers = await Promise.all(
      [email, email.toUpperCase(), email, email].map((one) =>
        post('register', { email: one, password: PASSWORD }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
  });

  it.each([
    ['a role', { role: 'admin' }],
    ['an id', { id: 'mine' }],
    ['a hash', { password_hash: '$argon2id$' }],
    ['a short password', { password: '1234567' }],
    ['a long password', { password: 'x'.repeat(201) }],
    ['a password that is no text', { password: 12345678 }],
    ['no address', { email: 'nobody' }],
    ['two addresses', { email: 'a@example.org,b@example.org' }],
    ['a long address', { email: `${'x'.repeat(250)}@example.org` }],
    ['a name with NUL', { name: 'a\0b' }],
    ['a name that is no text', { name: { first: 'Ann' } }],
  ])('refuses %s, and makes nothing', async (_, wrong) => {
    const count = () =>
      system.db
        .selectFrom('users')
        .select(({ fn }) => fn.countAll<number>().as('users'))
        .executeTakeFirstOrThrow();
    const before = await count();
    const body = { email: newEmail(), password: PASSWORD, ...wrong };
    expectRefused(await post('register', body), 'validation_failed');
    expect(await count()).toEqual(before);
  });
});

describe('log in', () => {
  it('takes the address in any case and begins another session', async () => {
    const email = newEmail();
    const { user, refreshToken } = await register(email);
    const answer = await post('login', { email: email.toUpperCase(), password: PASSWORD });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toMatchObject({ user, expiresIn: 900 });
    expect(answer.body.refreshToken).not.toBe(refreshToken);
    expect((await me(answer.body.accessToken)).body.user).toEqual(user);
  });

  it('takes a long password of any characters, and nothing like it', async () => {
    const email = newEmail();
    const password = ' aA'.repeat(66).padEnd(200, '\u{1f3ab}');
    expect((await post('register', { email, password })).status).toBe(201);
    expect((await post('login', { email, password })).status).toBe(200);
    for (const other of [password.slice(0, -2), password.trim(), password.toLowerCase()]) {
      expectRefused(await post('login', { email, password: other }), 'invalid_credentials');
    }
  });

  it('takes a password however its letters are composed', async () => {
    const email = newEmail();
    await post('register', { email, password: 'caf\u00e9 noir' });
    expect((await post('login', { email, password: 'cafe\u0301 noir' })).status).toBe(200);
  });

  it('answers the same for a wrong password and for an address without an account', async () => {
    const { user } = await register();
    const wrong = await post<Problem>('login', { email: user.email, password: 'wrong horse' });
    const nobody = await post<Problem>('login', { email: newEmail(), password: 'wrong horse' });
    expectRefused(wrong, 'invalid_credentials');
    expect(wrong.headers.get('www-authenticate')).toBe('Bearer');
    expect({ ...nobody.body, requestId: '' }).toEqual({ ...wrong.body, requestId: '' });
    const names = (answer: Answer) => [...answer.headers.keys()].sort();
    expect(names(nobody)).toEqual(names(wrong));
  });

  it.each([
    ['an unknown field', { role: 'admin' }],
    ['no password', { password: undefined }],
    ['a list as address', { email: ['a@example.org'] }],
  ])('refuses %s', async (_, wrong) => {
    const { user } = await register();
    const body = { email: user.email, password: PASSWORD, ...wrong };
    expectRefused(await post('login', body), 'validation_failed');
  });
});

describe('refresh', () => {
  const age = (interval: string) =>
    sql`with aged as (update refresh_families
        set newest_used_at = newest_used_at - ${interval}::interval)
      update refresh_tokens set expires_at = expires_at - ${interval}::interval`.execute(system.db);

  it('gives a new pair, again and again', async () => {
    const first = await register();
    const second = await refresh(first.refreshToken);
    expect(second.status).toBe(200);
    expect(second.headers.get('cache-control')).toBe('no-store');
    expect(second.body).toMatchObject({ user: first.user, expiresIn: 900 });
    expect(second.body.refreshToken).not.toBe(first.refreshToken);
    expect((await me(second.body.accessToken)).body.user).toEqual(first.user);
    expect((await refresh(second.body.refreshToken)).status).toBe(200);
  });

  it('takes an old one whose answers were lost, however often and however late', async () => {
    const { user, refreshToken } = await register();
    for (let lost = 0; lost < 3; lost++) {
      expect((await refresh(refreshToken)).status).toBe(200);
      await age('2 hours');
    }
    const arrived = await refresh(refreshToken);
    expect(arrived).toMatchObject({ status: 200, body: { user } });
    await age('2 hours');
    // And again one generation later.
    expect((await refresh(arrived.body.refreshToken)).status).toBe(200);
    await age('2 hours');
    expect((await refresh(arrived.body.refreshToken)).status).toBe(200);
  });

  it('ends the whole family when one is used whose successor was, and no other', async () => {
    const email = newEmail();
    const stolen = await register(email);
    const elsewhere = await post('login', { email, password: PASSWORD });
    const second = await refresh(stolen.refreshToken);
    const third = await refresh(second.body.refreshToken);
    expect(third.status).toBe(200);
    expectRefused(await refresh(stolen.refreshToken), 'invalid_refresh_token');
    expectRefused(await refresh(third.body.refreshToken), 'invalid_refresh_token');
    expect((await refresh(elsewhere.body.refreshToken)).status).toBe(200);
  });

  it('lets tabs refresh at once, and each go on', async () => {
    const { refreshToken } = await register();
    const tabs = await Promise.all([1, 2, 3].map(() => refresh(refreshToken)));
    expect(tabs.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(tabs.map(({ body }) => body.refreshToken)).size).toBe(3);
    for (const { body } of tabs) expect((await refresh(body.refreshToken)).status).toBe(200);
  });

  it('finds out a thief who goes on from the same token as its owner', async () => {
    const stolen = await register();
    const thief = await refresh(stolen.refreshToken);
    const owner = await refresh(stolen.refreshToken);
    const thiefs = await refresh(thief.body.refreshToken);
    expect(thiefs.status).toBe(200);
    await age('61 seconds');
    expectRefused(await refresh(owner.body.refreshToken), 'invalid_refresh_token');
    expectRefused(await refresh(thiefs.body.refreshToken), 'invalid_refresh_token');
  });

  it('tells the role that the user has now', async () => {
    const { user, refreshToken } = await register();
    await system.db.updateTable('users').set({ role: 'admin' }).where('id', '=', user.id).execute();
    const { body } = await refresh(refreshToken);
    expect(body.user.role).toBe('admin');
    expect(decodeJwt(body.accessToken)['role']).toBe('admin');
  });

  it('refuses one that has expired, without ending anything else', async () => {
    const email = newEmail();
    const { refreshToken } = await register(email);
    await age('31 days');
    const other = await post('login', { email, password: PASSWORD });
    expectRefused(await refresh(refreshToken), 'invalid_refresh_token');
    expect((await refresh(other.body.refreshToken)).status).toBe(200);
  });

  it('refuses what is no refresh token of ours', async () => {
    const { accessToken } = await register();
    expectRefused(await refresh('A'.repeat(43)), 'invalid_refresh_token');
    expectRefused(await refresh(accessToken.slice(0, 200)), 'invalid_refresh_token');
    expectRefused(await post('refresh', {}), 'validation_failed');
    expectRefused(await post('refresh', { refreshToken: 'x', role: 'admin' }), 'validation_failed');
  });
});

describe('log out', () => {
  const guest = async () => (await post('guest', { email: newEmail() })).body;
  const logOut = (refreshToken: string) => post('logout', { refreshToken });

  it('ends the session, its later tokens and no other session', async () => {
    const email = newEmail();
    const first = await register(email);
    const elsewhere = await post('login', { email, password: PASSWORD });
    const second = await refresh(first.refreshToken);
    const answer = await logOut(first.refreshToken);
    expect(answer).toMatchObject({ status: 204, body: '' });
    expectRefused(await refresh(second.body.refreshToken), 'invalid_refresh_token');
    expect((await refresh(elsewhere.body.refreshToken)).status).toBe(200);
  });

  it('wins against a refresh at the same time', async () => {
    for (let round = 0; round < 10; round++) {
      const { refreshToken } = await guest();
      const [refreshed, out] = await Promise.all([refresh(refreshToken), logOut(refreshToken)]);
      expect(out.status).toBe(204);
      expect([200, 401]).toContain(refreshed.status);
      const successor = refreshed.body.refreshToken ?? refreshToken;
      expectRefused(await refresh(successor), 'invalid_refresh_token');
    }
  });

  it('answers the same when there is no session', async () => {
    expect((await logOut('nothing')).status).toBe(204);
    expectRefused(await post('logout', {}), 'validation_failed');
  });
});

describe('guests', () => {
  it('are new buyers each time, and can refresh and log out', async () => {
    const email = newEmail();
    const first = await post('guest', { email });
    const second = await post('guest', { email });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(first.body.user).toMatchObject({ email, name: null, role: 'buyer' });
    expect(second.body.user.id).not.toBe(first.body.user.id);
    expect(decodeJwt(first.body.accessToken)).toMatchObject({ role: 'buyer', email });
    expect((await me(first.body.accessToken)).body.user).toEqual(first.body.user);
    const next = await refresh(first.body.refreshToken);
    expect(next.body.user).toEqual(first.body.user);
    await post('logout', { refreshToken: next.body.refreshToken });
    expectRefused(await refresh(next.body.refreshToken), 'invalid_refresh_token');
  });

  it('take tickets as anybody does, and see only their own', async () => {
    system.startWorker();
    const sale = await client.createSale();
    const email = newEmail();
    const { accessToken: token } = (await post('guest', { email })).body;
    const { accessToken: other } = (await post('guest', { email })).body;
    const ticket = await client.buy(sale, token);
    expect(ticket.status).toBe('held');
    const path = `/api/tickets/${ticket.ticketId}`;
    expectRefused(await client.call('GET', path, { token: other }), 'ticket_not_found');
    expect(await client.orders(other)).toEqual([]);
    await system.stopWorker();
  });

  it('do not become who has an account under the address', async () => {
    const { user } = await register();
    const guest = await post('guest', { email: user.email });
    expect(guest.body.user.id).not.toBe(user.id);
    expectRefused(await post('guest', { email: user.email, role: 'admin' }), 'validation_failed');
    expectRefused(await post('guest', { email: 'nobody' }), 'validation_failed');
  });

  it('can be switched off, whatever they send', async () => {
    const closed = await startSystem({ auth: { allowGuests: false } });
    const there = new Client(closed.url);
    for (const body of [{ email: newEmail() }, { nonsense: true }]) {
      expectRefused(await post('guest', body, there), 'guests_not_allowed');
    }
    expect((await post('register', { email: newEmail(), password: PASSWORD }, there)).status).toBe(
      201,
    );
    await closed.stop();
  });
});

describe.each(['register', 'login', 'guest', 'refresh', 'logout'])('%s', (route) => {
  const path = `/api/auth/${route}`;

  it('refuses what is no JSON, not said to be JSON, missing, or too large', async () => {
    const headers = { 'content-type': 'text/plain' };
    expectRefused(await client.call('POST', path, { body: '{' }), 'malformed_json');
    expectRefused(
      await client.call('POST', path, { body: '{}', headers }),
      'unsupported_media_type',
    );
    expect((await client.call('POST', path)).status).toBe(422);
    const large = { email: 'x'.repeat(100_000), refreshToken: 'x'.repeat(100_000) };
    expectRefused(await client.call('POST', path, { body: large }), 'body_too_large');
  });

  it.each([[[]], [null], ['text'], [{ email: { $ne: '' }, password: { $ne: '' } }]])(
    'refuses %j',
    async (body) => {
      expectRefused(
        await client.call('POST', path, { body }),
        body === 'text' ? 'malformed_json' : 'validation_failed',
      );
    },
  );
});

describe('me', () => {
  it('is what the token tells where there is no account', async () => {
    const answer = await me(await client.token('somebody', 'admin'));
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.body).toEqual({
      user: { id: 'somebody', email: null, name: null, role: 'admin' },
    });
  });

  it('is nobody without a token', async () => {
    expectRefused(await client.call('GET', '/api/me'), 'unauthenticated');
  });
});
