import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MetricsView } from '../../src/api/schemas/metrics.ts';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import type { TicketView } from '../../src/api/schemas/ticket.ts';
import { ProgressWatch } from '../../src/line/progress.ts';
import { compare } from '../../src/line/reconcile.ts';
import type { Shard } from '../../src/line/shard.ts';
import { Shards } from '../../src/line/shards.ts';
import { THROTTLED } from '../../src/redis/keys.ts';
import { archive } from '../../src/redis/scripts/archive.ts';
import { close } from '../../src/redis/scripts/close.ts';
import { archiveSales } from '../../src/workers/sweeps/archive.ts';
import { kindsOf, tracesOf } from '../support/archived.ts';
import { checkDatabase } from '../support/checker.ts';
import { Client } from '../support/client.ts';
import { silent } from '../support/database.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

describe('a sale that is archived', () => {
  let system: TestSystem;
  let client: Client;
  let admin: string;
  let sale: SaleView;
  let shard: Shard;
  beforeEach(async () => {
    system = await startSystem();
    client = new Client(system.url);
    admin = await client.token('seller', 'admin');
    sale = await client.createSale({ products: [{ stock: 1, amount: 0 }], waitlist: true });
    shard = new Shards({ redis: system.redis, db: system.db, log: silent }).at(0);
  });
  afterEach(() => system.stop());

  const traces = () => tracesOf(system.redis, shard, sale.id);
  /** The worker is stopped afterwards: what happens then is the test's doing. */
  const allWell = async () => {
    await system.stopWorker();
    await shard.drain();
    expect(await checkDatabase(system.db)).toEqual([]);
    shard.invalidate();
    expect(await compare(system, shard, 'all')).toMatchObject({ status: 'same' });
  };
  /** Ann buys what there is, bob waits for it in vain. */
  const sellOut = async () => {
    system.startWorker();
    const ann = await client.token('ann');
    const bob = await client.token('bob');
    const won = await client.buy(sale, ann, { key: 'k' });
    const orderId = won.order?.id ?? '';
    const { status } = await client.call('POST', `/api/orders/${orderId}/confirm`, { token: ann });
    expect(status).toBe(200);
    const lost = await client.buy(sale, bob, { key: 'l' });
    expect(lost.status).toBe('waitlisted');
    await expect.poll(async () => (await listOf(bob)).length).toBe(1);
    return { ann, bob, orderId, tickets: [won.ticketId, lost.ticketId] as const };
  };
  /** The API, too, knows that it is closed, as it does when a sale is archived. */
  const closeSale = async () => {
    await shard.change(close, { sale: sale.id, cause: 'closed' });
    await expect.poll(async () => (await client.sale(sale.id)).phase).toBe('closed');
  };
  const closeAndArchive = async () => {
    await closeSale();
    expect(await shard.change(archive, { sale: sale.id, afterJob: 0 })).toMatchObject({
      status: 'ARCHIVED',
    });
  };
  const refund = (orderId: string, restock = true) =>
    client.call('POST', `/api/admin/orders/${orderId}/refund`, { token: admin, body: { restock } });
  const units = () =>
    system.db
      .selectFrom('products')
      .select(['total', 'available', 'held', 'sold'])
      .where('sale_id', '=', sale.id)
      .executeTakeFirst();
  /** A buyer's decided tickets, from the history; a sale is archived only when that has all. */
  const listOf = async (token: string) =>
    (await client.call<{ items: TicketView[] }>('GET', '/api/tickets', { token })).body.items;

  describe('by the sweep', () => {
    const throttled = async (path: string) =>
      (await client.call<MetricsView>('GET', `/api/admin${path}`, { token: admin })).body.throttled;
    const sweep = () => archiveSales({ ...system, quietMs: 0 }).run(shard, Date.now());

    it('leaves Redis without a trace, and everything that is asked of it is answered', async () => {
      const { ann, bob, tickets } = await sellOut();
      await system.redis.hset(THROTTLED, `${sale.id}|tickets_buyer`, 2, '|tickets_buyer', 1);
      await sweep();
      expect(await traces()).not.toEqual([]); // it is open
      await closeSale();
      const asked = async () => ({
        tickets: [await client.poll(tickets[0], ann, 0), await client.poll(tickets[1], bob, 0)],
        orders: await client.orders(ann),
        line: (await client.sale(sale.id)).line,
        refused: [await throttled(`/sales/${sale.id}/metrics`), await throttled('/metrics')],
        list: await listOf(bob),
      });
      const before = await asked();
      expect(before.tickets.map(({ status }) => status)).toEqual(['paid', 'sold_out']);
      expect(before.line).toEqual({ waiting: 0, decided: 2 });
      expect(before.refused).toEqual([2, 3]);
      await expect
        .poll(async () => {
          await sweep(); // once the history has all
          return traces();
        })
        .toEqual([]);
      const { deadlines } = shard.keys.at(await shard.epoch());
      expect(await system.redis.zrange(deadlines, '0', '-1')).toEqual([]);
      expect(await system.redis.hget(THROTTLED, '|tickets_buyer')).toBe('3');
      expect(await asked()).toEqual(before);

      // Neither a new attempt nor a repeat brings it back.
      for (const key of ['k', 'new']) {
        const { body } = await client.take(sale, ann, { key });
        expect(body).toMatchObject({ code: 'sale_closed' });
      }
      const closed = `/api/admin/sales/${sale.id}`;
      const edit = { token: admin, body: { perBuyerLimit: 9 } };
      expect((await client.call('PATCH', closed, edit)).body).toMatchObject({
        code: 'sale_closed',
      });
      expect(await traces()).toEqual([]);
      await allWell();
    });

    it('waits until nothing has happened for a while, and for what is queued', async () => {
      await sellOut();
      await closeSale();
      const other = await client.createSale();
      await client.buy(other, await client.token('cid'));
      await system.stopWorker();
      await archiveSales(system).run(shard, Date.now()); // an hour
      expect(await traces()).not.toEqual([]);
      const archiver = archiveSales({ ...system, quietMs: 0 });
      await client.take(other, await client.token('dot'));
      await archiver.run(shard, Date.now());
      expect(await traces()).not.toEqual([]);
      system.startWorker();
      await expect
        .poll(async () => {
          await archiver.run(shard, Date.now());
          return traces();
        })
        .toEqual([]);
      await allWell();
    });

    it('is forgotten by who follows the progress of its shard, too', async () => {
      await sellOut();
      const { redis } = system;
      const progress = new ProgressWatch({ redis, subscriber: redis, log: silent });
      await progress.ensure(0);
      expect(progress.passed(0, sale.id)).toBe(2);
      await closeAndArchive();
      await progress.refresh();
      expect(progress.passed(0, sale.id)).toBe(0);
      await allWell();
    });

    it('happens once, however many workers do it at once', async () => {
      await sellOut();
      await closeSale();
      const others = [1, 2, 3].map(() => new Shards({ ...system, log: silent }).at(0));
      await Promise.all(
        others.map((other) => other.change(archive, { sale: sale.id, afterJob: 0 })),
      );
      expect((await kindsOf(system.db, sale.id)).slice(-2)).toEqual(['close', 'archive']);
      await allWell();
    });
  });

  describe('comes back as it was', () => {
    it('for a refund, with what that needs, and is archived again (I7)', async () => {
      const { ann, orderId, tickets } = await sellOut();
      await closeAndArchive();
      expect((await refund(orderId)).status).toBe(200);
      expect(await units()).toEqual({ total: 1, available: 1, held: 0, sold: 0 });
      expect(await client.poll(tickets[0], ann, 0)).toMatchObject({ status: 'refunded' });
      await refund(orderId); // once more: once
      expect(await units()).toEqual({ total: 1, available: 1, held: 0, sold: 0 });
      const { outcomes, paid } = shard.keys.at(await shard.epoch()).sale(sale.id);
      expect(await system.redis.exists(outcomes)).toBe(0);
      expect(await system.redis.exists(paid)).toBe(1);
      expect((await kindsOf(system.db, sale.id)).slice(-3)).toEqual([
        'archive',
        'restore claims',
        'refund',
      ]);
      await allWell();
      await shard.change(archive, { sale: sale.id, afterJob: 0 });
      expect(await traces()).toEqual([]);
      await allWell();
    });

    it('for a restock, once per key', async () => {
      await sellOut();
      const restock = () =>
        client.call('POST', `/api/admin/products/${sale.products[0]?.id}/restock`, {
          token: admin,
          headers: { 'idempotency-key': 'r' },
          body: { delta: 2 },
        });
      await closeAndArchive();
      for (const _ of [1, 2]) {
        expect((await restock()).status).toBe(200);
        expect(await units()).toEqual({ total: 3, available: 2, held: 0, sold: 1 });
        await shard.change(archive, { sale: sale.id, afterJob: 0 });
        expect(await traces()).toEqual([]);
      }
      await allWell();
    });

    it('for tickets that come late: a repeat shows its attempt, others are closed', async () => {
      const { ann, tickets } = await sellOut();
      await system.stopWorker();
      const cid = await client.token('cid');
      const repeat = (await client.take(sale, ann, { key: 'k' })).body;
      const late = (await client.take(sale, cid)).body;
      await closeAndArchive();
      expect(await traces()).toEqual([]);
      expect(await client.poll(repeat.ticketId, ann, 0)).toMatchObject({ status: 'paid' });
      system.startWorker();
      const rejected = { status: 'rejected', reason: 'sale_closed', lineNumber: 3 };
      expect(await client.poll(late.ticketId, cid)).toMatchObject(rejected);
      expect(await client.poll(repeat.ticketId, ann)).toMatchObject({
        status: 'paid',
        lineNumber: 1,
        order: (await client.poll(tickets[0], ann)).order,
      });
      expect((await kindsOf(system.db, sale.id)).slice(-4)).toEqual([
        'restore claims',
        'restore tickets',
        'decide',
        'decide',
      ]);
      await allWell();
    });

    it('for a cancel that comes late: the attempt that it repeats is decided', async () => {
      const { ann } = await sellOut();
      await system.stopWorker();
      const repeat = (await client.take(sale, ann, { key: 'k' })).body;
      await closeAndArchive();
      const path = `/api/tickets/${repeat.ticketId}`;
      expect((await client.call('DELETE', path, { token: ann })).body).toMatchObject({
        code: 'not_cancellable',
      });
      await allWell();
    });
  });

  it('a ticket that the line lost shows its attempt for ever', async () => {
    const cid = await client.token('cid');
    const lost = (await client.take(sale, cid, { key: 'again' })).body;
    await system.redis.flushall();
    await system.shards.at(0).check();
    system.startWorker();
    const again = await client.buy(sale, cid, { key: 'again' });
    await client.call('POST', `/api/orders/${again.order?.id}/cancel`, { token: cid });
    await closeSale();
    const shown = () => client.poll(lost.ticketId, cid, 0);
    await expect.poll(async () => (await shown()).lineNumber).toBe(1);
    const before = await shown();
    await expect.poll(async () => (await listOf(cid)).length).toBe(1);
    shard.invalidate();
    await shard.change(archive, { sale: sale.id, afterJob: 0 });
    expect(await traces()).toEqual([]);
    expect(await shown()).toEqual(before);
    await allWell();
  });
});
