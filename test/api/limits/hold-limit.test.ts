import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SessionView } from '../../../src/api/schemas/auth.ts';
import type { SaleView } from '../../../src/api/schemas/sale.ts';
import { makeAccessToken } from '../../../src/api/tokens/access-token.ts';
import { compare } from '../../../src/line/reconcile.ts';
import { checkDatabase } from '../../support/checker.ts';
import { Client } from '../../support/client.ts';
import { SECRET, type SystemOptions, startSystem, type TestSystem } from '../../support/system.ts';

const OVER = { status: 'rejected', reason: 'limit_reached' };

describe('at most so many holds per e-mail address and per IP in a time', () => {
  let system: TestSystem;
  let client: Client;
  const start = async (options: SystemOptions) => {
    system = await startSystem(options);
    client = new Client(system.url);
    system.startWorker();
  };
  beforeEach(() => start({ limits: {} }));
  afterEach(async () => {
    expect(await checkDatabase(system.db)).toEqual([]);
    await expect
      .poll(() => compare(system, system.shards.at(0), 'all'))
      .toMatchObject({ status: 'same' });
    await system.stop();
  });

  /** Buys from an IP, with an e-mail address where one is given, at the first API or another. */
  const buy = async (sale: SaleView, ip: string, email?: string, url = system.url) => {
    const token = await makeAccessToken(SECRET, {
      sub: `buyer-${++buyers}`,
      role: 'buyer',
      ttlSeconds: 600,
      ...(email === undefined ? {} : { email }),
    });
    const at = new Client(url);
    const taken = await at.take(sale, token, { headers: { 'x-forwarded-for': ip } });
    expect(taken.status).toBe(202);
    return { token, ...(await at.poll(taken.body.ticketId, token)) };
  };
  let buyers = 0;

  it('counts by IP and by address, whatever its case and tag, over all processes', async () => {
    const holdLimit = { count: 2, windowSeconds: 600 };
    const sale = await client.createSale({ stock: 100, holdLimit });
    expect(sale.holdLimit).toEqual(holdLimit);
    const other = await system.startAnotherApi();

    expect(await buy(sale, '192.0.2.1')).toMatchObject({ status: 'held' });
    expect(await buy(sale, '192.0.2.1', undefined, other)).toMatchObject({ status: 'held' });
    const third = await buy(sale, '192.0.2.1', 'ann@example.com');
    expect(third).toMatchObject({ ...OVER, lineNumber: 3 });
    expect(third.explanation).toMatch(/how many holds may come from one e-mail address or one IP/);

    expect(await buy(sale, '192.0.2.2', 'ann@example.com')).toMatchObject({ status: 'held' });
    expect(await buy(sale, '192.0.2.3', 'Ann+2@Example.com')).toMatchObject({ status: 'held' });
    expect(await buy(sale, '192.0.2.4', 'ann@example.com', other)).toMatchObject(OVER);
    expect(await buy(sale, '192.0.2.4', 'bob@example.com')).toMatchObject({ status: 'held' });
  });

  it("lets no guest use up what the address's owner may have", async () => {
    const sale = await client.createSale({ holdLimit: { count: 1, windowSeconds: 600 } });
    const asGuest = async (ip: string) => {
      const body = { email: 'dot@example.com' };
      const { body: session } = await client.call<SessionView>('POST', '/api/auth/guest', { body });
      const token = session.accessToken;
      const taken = await client.take(sale, token, { headers: { 'x-forwarded-for': ip } });
      return client.poll(taken.body.ticketId, token);
    };
    expect(await asGuest('192.0.2.1')).toMatchObject({ status: 'held' });
    expect(await asGuest('192.0.2.2')).toMatchObject(OVER);
    expect(await buy(sale, '192.0.2.3', 'dot@example.com')).toMatchObject({ status: 'held' });
  });

  it('counts holds that were given back, and forgets none in a rebuild', async () => {
    const sale = await client.createSale({ holdLimit: { count: 1, windowSeconds: 600 } });
    const { token, ticketId } = await buy(sale, '192.0.2.1');
    await client.call('DELETE', `/api/tickets/${ticketId}`, { token });
    const shard = system.shards.at(0);
    await shard.rebuild({ seen: await shard.epoch() });
    expect(await buy(sale, '192.0.2.1')).toMatchObject(OVER);
  });

  it('lets a hold be made again when the time is over', async () => {
    const sale = await client.createSale({ holdLimit: { count: 1, windowSeconds: 1 } });
    expect(await buy(sale, '192.0.2.1')).toMatchObject({ status: 'held' });
    await expect.poll(async () => (await buy(sale, '192.0.2.1')).status).toBe('held');
  });

  it('counts an offer from the waitlist when it is made', async () => {
    const sale = await client.createSale({
      ...{ stock: 1, waitlist: true },
      holdLimit: { count: 1, windowSeconds: 600 },
    });
    const first = await buy(sale, '192.0.2.1');
    const second = await buy(sale, '192.0.2.2');
    const third = await buy(sale, '192.0.2.2');
    expect([second.status, third.status]).toEqual(['waitlisted', 'waitlisted']);
    const { token } = first;
    await client.call('DELETE', `/api/tickets/${first.ticketId}`, { token });
    expect(await client.poll(second.ticketId, second.token)).toMatchObject({ status: 'held' });
    await client.call('DELETE', `/api/tickets/${second.ticketId}`, { token: second.token });
    expect(await client.poll(third.ticketId, third.token)).toMatchObject(OVER);
    // What is shown may be a second old.
    await expect
      .poll(async () => (await client.sale(sale.id)).products[0]?.stock)
      .toMatchObject({ available: 1 });
  });

  it('can be set, changed and taken away while the sale runs', async () => {
    const sale = await client.createSale();
    const change = async (holdLimit: unknown) =>
      client.call<SaleView & { code?: string }>('PATCH', `/api/admin/sales/${sale.id}`, {
        token: await client.token('seller', 'admin'),
        body: { holdLimit },
      });
    expect(sale.holdLimit).toBeNull();
    expect(await buy(sale, '192.0.2.1')).toMatchObject({ status: 'held' });
    expect((await change({ count: 1, windowSeconds: 600 })).body.holdLimit?.count).toBe(1);
    expect(await buy(sale, '192.0.2.1')).toMatchObject({ status: 'held' });
    expect(await buy(sale, '192.0.2.1')).toMatchObject(OVER);
    expect((await change({ count: 2, windowSeconds: 600 })).status).toBe(200);
    expect(await buy(sale, '192.0.2.1')).toMatchObject({ status: 'held' });
    expect((await change(null)).body.holdLimit).toBeNull();
    expect(await buy(sale, '192.0.2.1')).toMatchObject({ status: 'held' });
    for (const wrong of [
      { count: 0, windowSeconds: 1 },
      { count: 21, windowSeconds: 1 },
      { count: 1 },
    ]) {
      expect(await change(wrong)).toMatchObject({
        status: 422,
        body: { code: 'validation_failed' },
      });
    }
  });

  it('keeps neither addresses nor IPs: only keyed hashes, other ones in each sale', async () => {
    const holdLimit = { count: 1, windowSeconds: 600 };
    const sales = [await client.createSale({ holdLimit }), await client.createSale({ holdLimit })];
    for (const sale of sales) await buy(sale, '192.0.2.99', 'cid@example.com');
    const logged = await system.db.selectFrom('log').select('entry').execute();
    const counted = await system.db.selectFrom('counted_holds').select('origin').execute();
    const kept = JSON.stringify([logged, counted]);
    expect(kept).not.toMatch(/192\.0\.2|cid@|example/);
    expect(new Set(counted.flatMap(({ origin }) => origin.split(','))).size).toBe(4);
  });

  it('is off where limits are', async () => {
    await system.stop();
    await start({});
    const sale = await client.createSale({ holdLimit: { count: 1, windowSeconds: 600 } });
    for (let i = 0; i < 3; i++) {
      expect(await buy(sale, '192.0.2.1')).toMatchObject({ status: 'held' });
    }
  });
});
