import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Contacts } from '../../src/accounts/contacts.ts';
import type { SessionView } from '../../src/api/schemas/auth.ts';
import { findContact } from '../../src/db/contacts.ts';
import { Client } from '../support/client.ts';
import { silent } from '../support/database.ts';
import { proxyTo, type TcpProxy } from '../support/proxy.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

describe('contacts', () => {
  let system: TestSystem;
  let client: Client;
  let postgres: TcpProxy;
  beforeAll(async () => {
    system = await startSystem({
      async wrapDatabase(url) {
        postgres = await proxyTo(new URL(url));
        return postgres.url;
      },
    });
    client = new Client(system.url);
  });
  afterAll(async () => {
    await system.stop();
    postgres.close();
  });

  const known = (buyer: string) => findContact(system.db, buyer);
  const session = async (path: string, body: object) =>
    (await client.call<SessionView>('POST', `/api/auth/${path}`, { body })).body;

  it('of a buyer whose name has the maximum length are kept; a longer one is refused', async () => {
    const long = '票'.repeat(341); // 1,023 bytes
    const token = await client.token(long, 'buyer', 'long@example.org');
    expect((await client.call('GET', '/api/me', { token })).status).toBe(200);
    await expect.poll(() => known(long)).toBe('long@example.org');
    const longer = await client.token(`${long}票`, 'buyer', 'longer@example.org');
    expect((await client.call('GET', '/api/me', { token: longer })).status).toBe(401);
  });

  it('come from registration, guests and the claim of tokens', async () => {
    const password = 'correct horse';
    const ann = await session('register', { email: 'ann@example.org', password });
    const guest = await session('guest', { email: 'guest@example.org' });
    await client.call('GET', '/api/me', {
      token: await client.token('elsewhere', 'buyer', 'else@example.org'),
    });
    await client.call('GET', '/api/me', { token: await client.token('nobody') });
    await client.call('GET', '/api/me', {
      token: await client.token('boss', 'admin', 'boss@example.org'),
    });
    await expect.poll(() => known('elsewhere')).toBe('else@example.org');
    expect(await known(ann.user.id)).toBe('ann@example.org');
    expect(await known(guest.user.id)).toBe('guest@example.org');
    expect(await known('nobody')).toBeUndefined();
    expect(await known('boss')).toBeUndefined();
  });

  it('follow a new address', async () => {
    for (const email of ['old@example.org', 'new@example.org']) {
      await client.call('GET', '/api/me', { token: await client.token('mover', 'buyer', email) });
      await expect.poll(() => known('mover')).toBe(email);
    }
  });

  it('wait while Postgres is down: tickets are accepted, and the buffer is bounded', async () => {
    const sale = await client.createSale();
    await client.take(sale, await client.token('first')); // the sale is there
    const contacts = new Contacts({ db: system.db, log: silent, maxPending: 3 });
    const token = await client.token('early', 'buyer', 'early@example.org');
    postgres.setAway(true);
    onTestFinished(() => postgres.setAway(false));
    expect((await client.take(sale, token)).status).toBe(202);
    for (let i = 0; i < 10; i++) contacts.note(`many-${i}`, `many-${i}@example.org`);
    expect(contacts.waiting).toBe(3);
    await contacts.flush();
    expect(contacts.waiting).toBe(3);
    contacts.note('many-1', 'moved@example.org'); // heard while the older one waits
    postgres.setAway(false);
    await expect.poll(() => known('early').catch(() => undefined)).toBe('early@example.org');
    await contacts.stop();
    expect(contacts.waiting).toBe(0);
    expect([await known('many-0'), await known('many-1')]).toEqual([
      'many-0@example.org',
      'moved@example.org',
    ]);
    // What had no room is heard again.
    contacts.note('many-9', 'many-9@example.org');
    await contacts.stop();
    expect(await known('many-9')).toBe('many-9@example.org');
  });

  it('are written once a day, whatever is heard, and only where it is an address', async () => {
    const contacts = new Contacts({ db: system.db, log: silent });
    contacts.note('often', 'often@example.org');
    await contacts.flush();
    for (const email of ['often@example.org', undefined, 'x', 'a@b\r\nBcc: c@d', 'a@b.c, d@e.f']) {
      contacts.note('often', email);
      expect(contacts.waiting).toBe(0);
    }
    await contacts.stop();
    expect(await known('often')).toBe('often@example.org');
  });
});
