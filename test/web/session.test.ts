import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunExclusively } from '../../src/web/browser/run-exclusively.ts';
import { type KeyValues, StoredValue } from '../../src/web/browser/stored-value.ts';
import { answered, openClient, ownClient } from '../../src/web/client/api-client.ts';
import { readKeptSession, Session } from '../../src/web/session/session.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

let system: TestSystem;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

/**
 * A browser that can open several tabs.
 *
 * @param before is awaited before a request to a path is sent
 */
function browser(before: (path: string) => Promise<void> = async () => undefined) {
  const values = new Map<string, string>();
  const tabs: StoredValue<unknown>[] = [];
  /** Writes of a tab are seen by the others, as `storage` events tell them. */
  const storageOf = (tab: () => StoredValue<unknown> | undefined): KeyValues => {
    const tell = (key: string) => {
      for (const other of tabs) if (other !== tab()) other.onStorage(key);
    };
    return {
      getItem: (key) => values.get(key) ?? null,
      setItem: (key, value) => {
        values.set(key, value);
        tell(key);
      },
      removeItem: (key) => {
        values.delete(key);
        tell(key);
      },
    };
  };
  let last: Promise<unknown> = Promise.resolve();
  const exclusively: RunExclusively = (run) => {
    const result = last.then(run);
    last = result.catch(() => undefined);
    return result;
  };
  const requests: string[] = [];
  const clock = { nowMs: Date.now() };
  const openTab = () => {
    const send: typeof fetch = async (input, init) => {
      const { pathname } = new URL(String(input));
      requests.push(pathname);
      await before(pathname);
      return fetch(input, init);
    };
    const open = openClient(system.url, send);
    let self: StoredValue<unknown> | undefined;
    const kept = new StoredValue(
      'session',
      readKeptSession,
      storageOf(() => self),
    );
    self = kept;
    tabs.push(kept);
    const session = new Session({ kept, open, exclusively, nowMs: () => clock.nowMs });
    const own = ownClient(system.url, send, (refused) => session.token(refused));
    return { session, own };
  };
  const refreshes = () => requests.filter((path) => path === '/api/auth/refresh').length;
  return { openTab, clock, refreshes, values };
}

it('a guest is the same buyer after a reload, which renews nothing while it need not', async () => {
  const { openTab, refreshes, clock } = browser();
  const { user } = await openTab().session.signInAsGuest('guest@example.com');
  for (let reloads = 0; reloads < 3; reloads++) {
    const me = await answered(openTab().own.me.$get());
    expect(me.user.id).toBe(user.id);
  }
  expect(refreshes()).toBe(0);
  clock.nowMs += 20 * 60_000;
  expect((await answered(openTab().own.me.$get())).user.id).toBe(user.id);
  expect(refreshes()).toBe(1);
});

it('concurrent calls and tabs share a refresh', async () => {
  const { openTab, refreshes, clock } = browser();
  const first = openTab();
  await first.session.signInAsGuest('tabs@example.com');
  const second = openTab();
  clock.nowMs += 20 * 60_000;
  const tabs = [first, second];
  const calls = tabs.flatMap(({ own }) => [1, 2, 3].map(() => answered(own.me.$get())));
  const answers = await Promise.all(calls);
  expect(new Set(answers.map(({ user }) => user.id)).size).toBe(1);
  expect(refreshes()).toBe(1);
});

it('reloads whose refresh is answered into the void sign nobody out', async () => {
  const away = new Set<string>();
  const { openTab, clock } = browser(async (path) => {
    if (!away.has(path)) return;
    const { refreshToken } = lastKept();
    await answered(openClient(system.url, fetch).auth.refresh.$post({ json: { refreshToken } }));
    throw new TypeError('the answer is lost');
  });
  const first = openTab();
  const { user } = await first.session.signInAsGuest('tunnel@example.com');
  const lastKept = () => first.session.get() ?? { refreshToken: '' };
  clock.nowMs += 20 * 60_000;
  away.add('/api/auth/refresh');
  for (let reloads = 0; reloads < 3; reloads++) {
    await expect(answered(openTab().own.me.$get())).rejects.toMatchObject({ name: 'Unreachable' });
  }
  away.clear();
  for (let renewals = 0; renewals < 2; renewals++) {
    expect((await answered(openTab().own.me.$get())).user.id).toBe(user.id);
    clock.nowMs += 20 * 60_000;
  }
});

it('a late answer does not undo a sign-out of another tab that was not told yet', async () => {
  const { openTab, clock, values } = browser(async (path) => {
    if (path === '/api/auth/refresh') values.clear();
  });
  const { session } = openTab();
  await session.signInAsGuest('leaver@example.com');
  clock.nowMs += 3_600_000;
  expect(await session.token()).toBeUndefined();
  expect([...values]).toEqual([]);
});

it('where storage is forbidden, a renewed session lasts as long as the page', async () => {
  const open = openClient(system.url, fetch);
  const kept = new StoredValue('session', readKeptSession, undefined);
  let nowMs = Date.now();
  const session = new Session({ kept, open, exclusively: (run) => run(), nowMs: () => nowMs });
  const { user } = await session.signInAsGuest('private@example.com');
  nowMs += 3_600_000;
  expect(await session.token()).toBeDefined();
  expect(session.get()?.user.id).toBe(user.id);
});

it('what was stored before sessions had an access token is still a session', () => {
  const user = { id: 'a', email: 'a@example.com', name: null, role: 'buyer' };
  const old = { refreshToken: 'x', user, guest: true };
  expect(readKeptSession(old)).toEqual(old);
  expect(readKeptSession({ ...old, access: { token: 1, validUntilMs: 2 } })).toEqual(old);
});

it('a token that the API refuses is replaced, once', async () => {
  const { openTab } = browser();
  const { session } = openTab();
  await session.signInAsGuest('refused@example.com');
  const good = await session.token();
  const asked: (string | undefined)[] = [];
  const own = ownClient(system.url, fetch, async (refused) => {
    asked.push(refused);
    return refused === undefined ? 'forged' : good;
  });
  await answered(own.me.$get());
  expect(asked).toEqual([undefined, 'forged']);
});

it('signing out ends the session here and on the server', async () => {
  const { openTab } = browser();
  const { session } = openTab();
  await session.register('ended@example.com', 'a long enough password', '');
  const { refreshToken = '' } = session.get() ?? {};
  const other = openTab();
  await session.signOut();
  expect(session.get()).toBeUndefined();
  expect(await session.token()).toBeUndefined();
  expect(await other.session.token()).toBeUndefined();
  const open = openClient(system.url, fetch);
  const refresh = answered(open.auth.refresh.$post({ json: { refreshToken } }));
  await expect(refresh).rejects.toMatchObject({ code: 'invalid_refresh_token' });
});

it('a token for one buyer is never that of the next user', async () => {
  const { openTab } = browser();
  const { session } = openTab();
  const { user: first } = await session.signInAsGuest('first@example.com');
  expect(await session.tokenOf(first.id)).toBe(await session.token());
  const refused = await session.token();
  const renewed = expect(session.tokenOf(first.id, refused)).rejects.toMatchObject({
    name: 'AnotherBuyer',
  });
  await session.signOut();
  await session.signInAsGuest('second@example.com');
  await renewed;
  await expect(session.tokenOf(first.id)).rejects.toMatchObject({ name: 'AnotherBuyer' });
});

it('a refusal of the previous session does not end its successor', async () => {
  const isAsked = Promise.withResolvers<void>();
  const isFree = Promise.withResolvers<void>();
  const { openTab } = browser(async (path) => {
    if (path !== '/api/auth/refresh') return;
    isAsked.resolve();
    await isFree.promise;
  });
  const { session } = openTab();
  await session.signInAsGuest('before@example.com');
  const renewed = session.token(await session.token());
  await isAsked.promise;
  await session.signOut();
  const { user } = await session.signInAsGuest('after@example.com');
  isFree.resolve();
  // The caller gets a token of the current session.
  expect(await renewed).toBe(await session.token());
  expect(session.get()?.user.id).toBe(user.id);
});

it('a call without an answer in time has reached nobody; an aborted one stays so', async () => {
  const late = AbortSignal.abort(new DOMException('late', 'TimeoutError'));
  const left = AbortSignal.abort(new DOMException('left', 'AbortError'));
  const open = openClient(system.url, fetch);
  const call = (signal: AbortSignal) => open.sales.$get({ query: {} }, { init: { signal } });
  await expect(call(late)).rejects.toMatchObject({ name: 'Unreachable' });
  await expect(call(left)).rejects.toMatchObject({ name: 'AbortError' });
});

it('an unreachable API is reported as such', async () => {
  const open = openClient('http://127.0.0.1:1', fetch);
  await expect(answered(open.sales.$get({ query: {} }))).rejects.toMatchObject({
    name: 'Unreachable',
  });
});
