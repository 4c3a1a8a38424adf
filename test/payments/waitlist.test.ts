import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import type { TicketView } from '../../src/api/schemas/ticket.ts';
import { compare } from '../../src/line/reconcile.ts';
import { release } from '../../src/redis/scripts/release.ts';
import { checkDatabase, readLog } from '../support/checker.ts';
import { type Holder, Payer, type PaymentSystem, startPaymentSystem } from '../support/payments.ts';
import { withoutProtections } from '../support/protection.ts';

/** Tickets that may wait in each sale of these tests. */
const ROOM = 3;

describe('the waitlist of a sale in which all is paid', () => {
  let system: PaymentSystem;
  let client: Payer;
  let admin: string;
  beforeAll(async () => {
    system = await startPaymentSystem({ waitlistMax: ROOM });
    system.startWorker();
    client = new Payer(system);
    admin = await client.token('seller', 'admin');
  });
  afterEach(async () => {
    expect(await checkDatabase(system.db)).toEqual([]);
    await expect
      .poll(() => compare(system, system.shards.at(0), 'all'))
      .toMatchObject({ status: 'same' });
  });
  afterAll(() => system.stop());

  const paid = async (sale: SaleView) => {
    const who = await client.holdAndPay(sale);
    await client.until(who, 'paid');
    return who;
  };
  const seller = <T>(method: string, path: string, body?: unknown, key?: string) =>
    client.call<T>(method, `/api/admin/${path}`, {
      token: admin,
      ...(body === undefined ? {} : { body }),
      ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
    });
  const refund = ({ orderId }: Holder, restock = true) =>
    seller('POST', `orders/${orderId}/refund`, { restock });
  const restock = (sale: SaleView, delta: number) =>
    seller('POST', `products/${sale.products[0]?.id}/restock`, { delta }, `${sale.id} ${delta}`);
  /** Takes a ticket as a buyer of this name, and its decision. */
  const come = async (sale: SaleView, name: string, quantity = 1) => {
    const token = await client.token(`${name} of ${sale.id}`);
    const ticket = await client.buy(sale, token, { quantities: [quantity] });
    return { ...ticket, token };
  };
  const now = ({ ticketId, token }: { ticketId: string; token: string }) =>
    client.poll(ticketId, token, 0);

  it('lasts: a refund goes to the first in line, and newcomers join the end', async () => {
    const sale = await client.createSale({ stock: 1, waitlist: true });
    const ann = await client.hold(sale);
    const bob = await come(sale, 'bob');
    expect(bob).toMatchObject({ status: 'waitlisted', unitsHeld: 1 });
    expect(bob.outlook).toBeUndefined(); // what is held may come back
    await client.confirm(await client.payment(ann.orderId, ann.token));
    await client.until(ann, 'paid');

    expect(await now(bob)).toMatchObject({
      ...{ status: 'waitlisted', outlook: 'unlikely', ahead: 0, unitsHeld: 0 },
      explanation: expect.stringMatching(/unlikely .* unless an order is refunded/),
    });
    const cid = await come(sale, 'cid');
    expect(cid).toMatchObject({ status: 'waitlisted', outlook: 'unlikely', ahead: 1 });

    const turned = client.poll(bob.ticketId, bob.token);
    await refund(ann);
    expect(await turned).toMatchObject({ status: 'held', lineNumber: bob.lineNumber });
    expect(await come(sale, 'newcomer')).toMatchObject({ status: 'waitlisted', ahead: 1 });
    const hoping = await now(cid); // bob may not pay
    expect(hoping).toMatchObject({ status: 'waitlisted', ahead: 0, unitsHeld: 1 });
    expect(hoping.outlook).toBeUndefined();
  });

  it('says no when the list is full, and only then', async () => {
    const sale = await client.createSale({ stock: 1, waitlist: true });
    const ann = await paid(sale);
    const statuses: string[] = [];
    for (let n = 0; n <= ROOM; n++) statuses.push((await come(sale, `buyer ${n}`)).status);
    expect(statuses).toEqual([...Array.from({ length: ROOM }, () => 'waitlisted'), 'sold_out']);
    await refund(ann); // one place comes free
    expect((await come(sale, 'later')).status).toBe('waitlisted');
  });

  it('is served by restocks too; units that are taken away send nobody home', async () => {
    const sale = await client.createSale({ stock: 2, waitlist: true });
    await paid(sale);
    const pair = await come(sale, 'pair', 2);
    expect(pair).toMatchObject({ status: 'waitlisted', outlook: 'unlikely' });
    expect((await restock(sale, -1)).status).toBe(200);
    expect((await now(pair)).status).toBe('waitlisted');
    const single = await come(sale, 'single');
    expect(single).toMatchObject({ status: 'waitlisted', ahead: 1 });

    await restock(sale, 1); // too little for the pair, which keeps its place
    expect((await client.poll(single.ticketId, single.token)).status).toBe('held');
    expect(await now(pair)).toMatchObject({ ahead: 0, unitsHeld: 1, outlook: 'unlikely' });
    expect((await now(pair)).explanation).toMatch(/Only 1 unit is held/);
    await restock(sale, 2);
    expect((await client.poll(pair.ticketId, pair.token)).status).toBe('held');
  });

  it('gets nothing from a refund without restock', async () => {
    const sale = await client.createSale({ stock: 1, waitlist: true });
    const ann = await paid(sale);
    const bob = await come(sale, 'bob');
    await refund(ann, false);
    expect(await now(bob)).toMatchObject({ status: 'waitlisted', outlook: 'unlikely' });
  });

  it('is no reason to tell a queued ticket that it cannot win', async () => {
    const sales = [
      await client.createSale({ stock: 1, waitlist: true }),
      await client.createSale({ stock: 1 }),
    ] as const;
    for (const sale of sales) await paid(sale);
    await system.stopWorker();
    const outlooks: TicketView['outlook'][] = [];
    for (const sale of sales) {
      const token = await client.token(`queued of ${sale.id}`);
      const { ticketId } = (await client.take(sale, token)).body;
      const poll = () => client.poll(ticketId, token, 0);
      // The process may know an older state of the sale for a moment.
      await expect.poll(async () => (await poll()).outlook).toBeDefined();
      const ticket = await poll();
      expect(ticket.status).toBe('queued');
      outlooks.push(ticket.outlook);
    }
    expect(outlooks).toEqual(['unlikely', 'none']);
    system.startWorker();
  });

  it('ends with the sale; what comes back after that is offered to nobody', async () => {
    const sale = await client.createSale({ stock: 1, waitlist: true });
    const ann = await paid(sale);
    const bob = await come(sale, 'bob');
    const ended = client.poll(bob.ticketId, bob.token);
    expect((await seller('POST', `sales/${sale.id}/close`)).status).toBe(200);
    expect(await ended).toMatchObject({ status: 'sold_out', lineNumber: bob.lineNumber });
    expect((await ended).explanation).toMatch(/waited, and nothing came back/);
    await refund(ann);
    expect((await now(bob)).status).toBe('sold_out');
    await expect
      .poll(async () => (await client.sale(sale.id)).products[0]?.stock)
      .toMatchObject({ available: 1, held: 0, sold: 0 });
  });

  it('lasts in a sale that an earlier version loaded, whose log has its rule', async () => {
    /** Runs scripts as they were before an upgrade. */
    const earlier = async <T>(
      script: string,
      was: Record<string, string>,
      run: () => Promise<T>,
    ) => {
      withoutProtections(script, was);
      try {
        return await run();
      } finally {
        vi.restoreAllMocks();
      }
    };
    const load = { '{ ARGV[2] }': `{ (string.gsub(ARGV[2], ',"waits":"to_end"', '')) }` };
    const sale = await client.createSale({ stock: 1, waitlist: true });
    const ann = await earlier('load', load, () => client.hold(sale));
    const bob = await come(sale, 'bob');
    const pay = {
      'local seq = append(': `
        redis.call('DEL', keys.waiters, keys.shapes)
        redis.call('HSET', keys.sale, 'waiting', 0)
        details = details .. list_field('gone', { '"0x1"' })
        local seq = append(`,
    };
    await earlier('pay', pay, async () => {
      await client.confirm(await client.payment(ann.orderId, ann.token));
      await client.until(ann, 'paid');
    });
    const decide = {
      'if sale.waiting >= sale.waitlist and not isThere then':
        'if sale.available[0] + sale.held[0] == 0 then',
    };
    const cid = await earlier('decide', decide, () => come(sale, 'cid'));
    expect([(await now(bob)).status, cid.status]).toEqual(['sold_out', 'sold_out']);

    const dan = await come(sale, 'dan');
    expect(dan).toMatchObject({ status: 'waitlisted', outlook: 'unlikely', ahead: 0 });
    await system.shards.at(0).rebuild({ seen: await system.shards.at(0).epoch() });
    await refund(ann);
    expect((await client.poll(dan.ticketId, dan.token)).status).toBe('held');
    expect((await now(bob)).status).toBe('sold_out'); // one decision, for ever
  });

  describe('with a time of its own for offers', () => {
    /** The sale's public view, and how long the hold of an offer lasts that is recorded now. */
    const offerIn = async (sale: SaleView) => {
      const first = await client.hold(sale);
      const second = await come(sale, `second ${first.orderId}`);
      await client.call('POST', `/api/orders/${first.orderId}/cancel`, { token: first.token });
      const { order } = await client.poll(second.ticketId, second.token);
      if (order === undefined) throw new Error('nothing was offered');
      await client.call('POST', `/api/orders/${order.id}/cancel`, { token: second.token });
      return Math.round((Date.parse(order.holdExpiresAt) - Date.parse(order.createdAt)) / 1_000);
    };
    const change = (sale: SaleView, body: unknown) =>
      seller<SaleView>('PATCH', `sales/${sale.id}`, body);

    it('holds an offer for that long, and any other ticket as before', async () => {
      const sale = await client.createSale({ stock: 1, waitlist: true, offerSeconds: 40 });
      expect(sale).toMatchObject({ holdSeconds: 600, offerSeconds: 40 });
      const ann = await client.hold(sale);
      const { holdExpiresAt, createdAt } = await client.order(ann);
      const heldMs = Date.parse(holdExpiresAt) - Date.parse(createdAt);
      expect(Math.round(heldMs / 1_000)).toBe(600);
      await client.call('POST', `/api/orders/${ann.orderId}/cancel`, { token: ann.token });
      expect(await offerIn(sale)).toBe(40);
    });

    it('can be changed while the sale runs, and given up', async () => {
      const sale = await client.createSale({ stock: 1, waitlist: true });
      expect(sale.offerSeconds).toBe(600); // as holds
      const shown = async (body: unknown) => (await change(sale, body)).body.offerSeconds;
      expect(await shown({ offerSeconds: 90 })).toBe(90);
      expect(await offerIn(sale)).toBe(90);
      expect(await shown({ holdSeconds: 120 })).toBe(90);
      expect(await shown({ offerSeconds: null })).toBe(120);
      expect(await offerIn(sale)).toBe(120);
      expect(await shown({ holdSeconds: 30 })).toBe(30);
      expect(await offerIn(sale)).toBe(30);
      for (const offerSeconds of [0, 86_401, 1.5, '9']) {
        expect((await change(sale, { offerSeconds })).status).toBe(422);
      }
      await seller('POST', `sales/${sale.id}/close`);
      expect(await change(sale, { offerSeconds: 9 })).toMatchObject({
        ...{ status: 409, body: { code: 'sale_closed' } },
      });
    });

    it('runs from the record of the offer, and comes back with a rebuild', async () => {
      const sale = await client.createSale({ stock: 1, waitlist: true, offerSeconds: 40 });
      const ann = await client.hold(sale);
      const bob = await come(sale, 'bob');
      await system.stopWorker();
      const shard = system.shards.at(0);
      const { ticket_id: identity, hold_seq: holdSeq } = await system.db
        .selectFrom('orders')
        .select(['ticket_id', 'hold_seq'])
        .where('id', '=', ann.orderId)
        .executeTakeFirstOrThrow();
      const holds = [{ identity, holdSeq }];
      await shard.run(release, { sale: sale.id, holds, cause: 'cancelled' });
      expect((await now(bob)).status).toBe('waitlisted'); // not recorded yet
      const recordedAt = Date.now();
      await shard.drain();
      const { order } = await now(bob);
      const endsAt = Date.parse(order?.holdExpiresAt ?? '');
      expect(endsAt).toBeGreaterThanOrEqual(recordedAt + 40_000);
      expect(endsAt).toBeLessThan(recordedAt + 600_000);

      const deadline = async () => {
        const at = shard.keys.at(await shard.epoch());
        const { seq } = (await readLog(system.db)).at(-1) ?? {};
        const [identityOfBob] = await identitiesOf(sale);
        return system.redis.zscore(at.deadlines, `${sale.id}|${identityOfBob}|${seq}`);
      };
      expect(Number(await deadline())).toBe(endsAt);
      await shard.rebuild({ seen: await shard.epoch() });
      expect(Number(await deadline())).toBe(endsAt);
      expect((await now(bob)).order?.holdExpiresAt).toBe(order?.holdExpiresAt);
      system.startWorker();
    });

    const identitiesOf = async (sale: SaleView) => {
      const rows = await system.db
        .selectFrom('orders')
        .select('ticket_id')
        .where('sale_id', '=', sale.id)
        .where('status', '=', 'held')
        .execute();
      return rows.map((row) => row.ticket_id);
    };
  });
});
