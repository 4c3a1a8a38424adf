import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SaleView } from '../../../src/api/schemas/sale.ts';
import type { TicketView } from '../../../src/api/schemas/ticket.ts';
import { compare } from '../../../src/line/reconcile.ts';
import { checkDatabase, readLog } from '../../support/checker.ts';
import { Client } from '../../support/client.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

describe('a sale with a waitlist', () => {
  let system: TestSystem;
  let client: Client;
  beforeEach(async () => {
    system = await startSystem({ waitlistMax: 300 });
    client = new Client(system.url);
    system.startWorker();
  });
  afterEach(async () => {
    expect(await checkDatabase(system.db)).toEqual([]);
    await expect
      .poll(() => compare(system, system.shards.at(0), 'all'))
      .toMatchObject({ status: 'same' });
    await system.stop();
  });

  const admin = async () => ({ token: await client.token('seller', 'admin') });
  const restock = async (sale: SaleView, delta: number, index = 0) => {
    const path = `/api/admin/products/${sale.products[index]?.id}/restock`;
    const headers = { 'idempotency-key': `${delta} ${index}` };
    return client.call('POST', path, { ...(await admin()), body: { delta }, headers });
  };
  const giveBack = (ticket: { ticketId: string; token: string }) =>
    client.call<TicketView>('DELETE', `/api/tickets/${ticket.ticketId}`, { token: ticket.token });

  /** Buys as each of the names, one after the other. */
  const buyAs = async (sale: SaleView, names: readonly string[], quantities = [1]) => {
    const tickets: (TicketView & { token: string })[] = [];
    for (const name of names) {
      const token = await client.token(name);
      tickets.push({ ...(await client.buy(sale, token, { quantities })), token });
    }
    return tickets as [(typeof tickets)[0], (typeof tickets)[0], (typeof tickets)[0]];
  };

  it('says where a ticket stands, and offers what comes back to the first', async () => {
    const sale = await client.createSale({ stock: 1, waitlist: true });
    expect(sale.waitlist).toBe(true);
    const [ann, bob, cid] = await buyAs(sale, ['ann', 'bob', 'cid']);
    expect(ann.status).toBe('held');
    expect(bob).toMatchObject({ status: 'waitlisted', lineNumber: 2, ahead: 0, unitsHeld: 1 });
    expect(cid).toMatchObject({ status: 'waitlisted', lineNumber: 3, ahead: 1, unitsHeld: 1 });
    expect(cid.explanation).toMatch(/line number 3.* 1 unit is held.* 1 ticket waits before/);

    const again = await client.buy(sale, bob.token);
    expect(again).toMatchObject({ reason: 'duplicate', duplicateOf: bob.ticketId });

    const turned = client.poll(bob.ticketId, bob.token, 25);
    const givenBack = Date.now();
    expect((await giveBack(ann)).body.status).toBe('cancelled');
    const held = await turned;
    expect(held).toMatchObject({ status: 'held', lineNumber: 2 });
    // The hold is a full one, from the offer on.
    const holdMs = Date.parse(held.order?.holdExpiresAt ?? '') - givenBack;
    expect(holdMs).toBeGreaterThanOrEqual(sale.holdSeconds * 1000);
    expect(await client.poll(cid.ticketId, cid.token, 0)).toMatchObject({ ahead: 0 });

    // A ticket that left gets nothing more; the list shows every outcome.
    expect((await giveBack(cid)).body).toMatchObject({ status: 'cancelled', lineNumber: 3 });
    expect(await giveBack(cid)).toMatchObject({ status: 409, body: { code: 'not_cancellable' } });
    expect((await giveBack(bob)).body.status).toBe('cancelled');
    await expect
      .poll(async () => (await client.sale(sale.id)).products[0]?.stock)
      .toMatchObject({ available: 1, held: 0 });
    const list = async (token: string) =>
      (await client.call<{ items: TicketView[] }>('GET', '/api/tickets', { token })).body.items;
    await expect
      .poll(async () => (await list(cid.token)).map(({ status }) => status))
      .toEqual(['cancelled']);
    await expect
      .poll(async () => (await list(bob.token)).map(({ status }) => status))
      .toEqual(['rejected', 'cancelled']);
  });

  it('turns the first long poll when a hold expires, without anyone asking', async () => {
    const sale = await client.createSale({ stock: 1, waitlist: true, holdSeconds: 1 });
    const [ann, bob] = await buyAs(sale, ['ann', 'bob']);
    const held = await client.poll(bob.ticketId, bob.token, 25);
    expect(held.status).toBe('held');
    const lateMs = Date.now() - Date.parse(ann.order?.holdExpiresAt ?? '');
    expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(lateMs).toBeLessThan(10_000); // it was woken: the poll itself lasts 25 s
    expect((await client.poll(ann.ticketId, ann.token, 0)).status).toBe('expired');
  });

  it('passes over a bundle that does not fit, which keeps its place; the log says so', async () => {
    const sale = await client.createSale({ stock: 2, waitlist: true });
    const [ann, bob] = await buyAs(sale, ['ann', 'bob']);
    const [pair] = await buyAs(sale, ['cid'], [2]);
    const [single] = await buyAs(sale, ['dot']);
    expect([pair.status, single.status]).toEqual(['waitlisted', 'waitlisted']);
    await giveBack(ann);
    expect((await client.poll(single.ticketId, single.token)).status).toBe('held');
    expect(await client.poll(pair.ticketId, pair.token, 0)).toMatchObject({
      status: 'waitlisted',
      ahead: 0,
    });
    const release = (await readLog(system.db)).find(({ entry }) => entry.k === 'release');
    expect(release?.entry).toMatchObject({ offers: [4], passed: [3] });
    await giveBack(bob);
    await giveBack({ ...single, ticketId: single.ticketId });
    expect((await client.poll(pair.ticketId, pair.token)).status).toBe('held');
  });

  it('ends with the sale, not when units are taken away', async () => {
    const sale = await client.createSale({
      products: [{ stock: 2 }, { stock: 1 }],
      waitlist: true,
    });
    const [ann] = await buyAs(sale, ['ann'], [1]);
    const [both] = await buyAs(sale, ['bob'], [2]);
    const [second] = await buyAs(sale, ['cid'], [0, 1]);
    const [other] = await buyAs(sale, ['dot'], [0, 1]);
    expect([both.status, second.status, other.status]).toEqual([
      'waitlisted',
      'held',
      'waitlisted',
    ]);
    // One unit less of the first product: two of it are there again only if the seller adds some.
    expect((await restock(sale, -1)).status).toBe(200);
    const waiting = { status: 'waitlisted', lineNumber: 2, outlook: 'unlikely' };
    expect(await client.poll(both.ticketId, both.token, 0)).toMatchObject(waiting);
    const hoping = await client.poll(other.ticketId, other.token, 0);
    expect(hoping).toMatchObject({ status: 'waitlisted', unitsHeld: 1 });
    expect(hoping.outlook).toBeUndefined();
    const [pair] = await buyAs(sale, ['eva'], [2]);
    expect(pair).toMatchObject({ status: 'waitlisted', ahead: 2, outlook: 'unlikely' });

    const closed = [both, other, pair].map(({ ticketId, token }) => client.poll(ticketId, token));
    await client.call('POST', `/api/admin/sales/${sale.id}/close`, await admin());
    const ended = await Promise.all(closed);
    expect(ended.map(({ status }) => status)).toEqual(['sold_out', 'sold_out', 'sold_out']);
    expect(ended[0]?.explanation).toMatch(/Line number 2 waited, and nothing came back/);
    expect((await client.poll(ann.ticketId, ann.token, 0)).status).toBe('held');
  });

  it('offers what is restocked in bounded steps; newcomers line up behind', async () => {
    const sale = await client.createSale({ stock: 1, waitlist: true });
    const [ann] = await buyAs(sale, ['ann']);
    const names = Array.from({ length: 250 }, (_, i) => `buyer ${i}`);
    const waiting = await Promise.all(
      names.map(async (name) => {
        const token = await client.token(name);
        return { ...(await client.buy(sale, token)), token };
      }),
    );
    expect(new Set(waiting.map(({ status }) => status))).toEqual(new Set(['waitlisted']));
    await system.stopWorker();
    expect((await restock(sale, 251)).status).toBe(200); // offers the first hundred
    const late = await client.take(sale, await client.token('late'));
    system.startWorker();
    for (const { ticketId, token } of waiting) {
      expect((await client.poll(ticketId, token)).status).toBe('held');
    }
    const token = await client.token('late');
    await expect
      .poll(async () => (await client.poll(late.body.ticketId, token, 0)).status)
      .toBe('held');
    const kinds = (await readLog(system.db)).map(({ entry }) => entry.k);
    expect(kinds.filter((kind) => kind === 'offer').length).toBeGreaterThanOrEqual(2);
    expect((await client.poll(ann.ticketId, ann.token, 0)).status).toBe('held');
  });

  it('looks at the limit again when it offers', async () => {
    const sale = await client.createSale({ stock: 2, waitlist: true, perBuyerLimit: 2 });
    const [ann] = await buyAs(sale, ['ann'], [2]);
    const [pair] = await buyAs(sale, ['bob'], [2]);
    const [single] = await buyAs(sale, ['cid'], [1]);
    await client.call('PATCH', `/api/admin/sales/${sale.id}`, {
      ...(await admin()),
      body: { perBuyerLimit: 1 },
    });
    await giveBack(ann);
    expect(await client.poll(pair.ticketId, pair.token)).toMatchObject({
      status: 'rejected',
      reason: 'limit_reached',
      lineNumber: 2,
    });
    expect((await client.poll(single.ticketId, single.token)).status).toBe('held');
  });

  it('counts who waits, offers made, taken and let go, for the seller', async () => {
    const sale = await client.createSale({ stock: 1, waitlist: true });
    const [ann, bob] = await buyAs(sale, ['ann', 'bob', 'cid']);
    await giveBack(ann);
    await client.poll(bob.ticketId, bob.token);
    await giveBack(bob);
    const path = `/api/admin/sales/${sale.id}/metrics`;
    const waitlist = { waitlisted: 2, waiting: 0, offersMade: 2, offersTaken: 0, offersLetGo: 1 };
    expect((await client.call('GET', path, await admin())).body).toMatchObject({
      holdsCreated: 3,
      holdsCancelled: 2,
      oversellAttemptsBlocked: 2,
      waitlist,
      products: [{ total: 1, available: 0, held: 1, sold: 0, expired: 0 }],
    });
    const all = await client.call('GET', '/api/admin/metrics', await admin());
    expect(all.body).toMatchObject({ waitlist });
    const metrics = await client.call<string>('GET', '/metrics');
    expect(metrics.body).toContain('fairline_offers_total 2');
    const asBuyer = await client.call('GET', path, { token: bob.token });
    expect(asBuyer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });

  it('lets so many wait and no more', async () => {
    const small = await startSystem({ waitlistMax: 1 });
    try {
      small.startWorker();
      const other = new Client(small.url);
      const sale = await other.createSale({ stock: 1, waitlist: true });
      const statuses = [];
      for (const name of ['ann', 'bob', 'cid']) {
        statuses.push((await other.buy(sale, await other.token(name))).status);
      }
      expect(statuses).toEqual(['held', 'waitlisted', 'sold_out']);
    } finally {
      await small.stop();
    }
  });
});
