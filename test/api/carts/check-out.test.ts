import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SaleView } from '../../../src/api/schemas/sale.ts';
import { putIntoCart } from '../../../src/db/carts.ts';
import { project } from '../../../src/db/projections/index.ts';
import { record } from '../../../src/line/record.ts';
import { Shards } from '../../../src/line/shards.ts';
import { readUnpublished } from '../../../src/redis/journal.ts';
import { checkDatabase } from '../../support/checker.ts';
import { Client } from '../../support/client.ts';
import { silent } from '../../support/database.ts';
import { decideWaiting } from '../../support/decide-waiting.ts';
import { Shopper, TWO } from '../../support/shopper.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

describe('a cart', () => {
  let system: TestSystem;
  let client: Client;
  beforeAll(async () => {
    system = await startSystem();
    system.startWorker();
    client = new Client(system.url);
  });
  afterAll(() => system.stop());
  afterEach(async () => {
    expect(await checkDatabase(system.db)).toEqual([]);
  });

  const shopper = async (sale: SaleView, name: string) =>
    new Shopper(client, sale, name, await client.token(name));

  describe('is checked out', () => {
    it('as one ticket, and empty once that has its units', async () => {
      const sale = await client.createSale(TWO);
      const ann = await shopper(sale, 'ann');
      await ann.put(0, 1);
      await ann.put(1, 1);
      const taken = await ann.checkOut();
      expect(taken).toMatchObject({
        status: 202,
        body: { status: 'queued', position: 1, ahead: 0 },
      });
      expect(taken.headers.get('location')).toBe(`/api/tickets/${taken.body.ticketId}`);
      const ticket = await client.poll(taken.body.ticketId, ann.token);
      expect(ticket).toMatchObject({ status: 'held', order: { amount: 350 } });
      expect(await ann.cart()).toMatchObject({ items: [], amount: 0 });
      expect(await ann.checkOut()).toMatchObject({ status: 409, body: { code: 'cart_empty' } });
      // Giving the hold back does not fill it again.
      await client.call('DELETE', `/api/tickets/${ticket.ticketId}`, { token: ann.token });
      expect(await ann.quantities()).toEqual([]);
    });

    it('and stays as it is when the ticket wins nothing, or is not taken', async () => {
      const sale = await client.createSale({ ...TWO, perBuyerLimit: 4 });
      const [ann, bob] = [await shopper(sale, 'ann'), await shopper(sale, 'bob')];
      await bob.put(1, 3);
      await ann.put(0, 1);
      await ann.put(1, 1);
      await bob.buy();
      expect((await ann.buy()).status).toBe('sold_out');
      expect(await ann.quantities()).toEqual([1, 1]);

      // Together more than a buyer may have: nothing is taken.
      await ann.put(0, 4);
      const tooMany = await ann.checkOut('k');
      expect(tooMany).toMatchObject({ status: 422, body: { code: 'invalid_quantity' } });
      expect(await ann.quantities()).toEqual([4, 1]);
      await ann.take(1);
      expect(await ann.buy('k')).toMatchObject({ status: 'held', order: { amount: 400 } });
      expect(await ann.quantities()).toEqual([]);
    });

    it('once, when it is checked out twice at the same time', async () => {
      const sale = await client.createSale();
      const ann = await shopper(sale, 'ann');
      await ann.put(0, 1);
      await system.stopWorker();
      const taken = await Promise.all([ann.checkOut(), ann.checkOut()]);
      system.startWorker();
      const polls = taken.map(({ body }) => client.poll(body.ticketId, ann.token));
      expect((await Promise.all(polls)).map(({ status }) => status).sort()).toEqual([
        'held',
        'rejected',
      ]);
      expect(await ann.quantities()).toEqual([]);
      expect(await client.orders(ann.token, `?saleId=${sale.id}`)).toHaveLength(1);
    });

    it('once a key: a repeat shows the attempt, whatever is in the cart by then', async () => {
      const sale = await client.createSale({ ...TWO, perBuyerLimit: 4 });
      const ann = await shopper(sale, 'ann');
      await ann.put(0, 2);
      const first = await ann.buy('key 1');
      expect(first).toMatchObject({ status: 'held', lineNumber: 1 });
      const { order } = first;
      expect(await ann.buy('key 1')).toMatchObject({ status: 'held', lineNumber: 1, order });
      await ann.put(1, 1);
      expect(await ann.buy('key 1')).toMatchObject({ status: 'held', lineNumber: 1, order });
      expect(await ann.quantities()).toEqual([1]);
      // It is the same attempt as a ticket request with these items.
      const asked = await client.buy(sale, ann.token, { quantities: [2], key: 'key 1' });
      expect(asked).toMatchObject({ lineNumber: 1, order });
      const bad = await ann.checkOut('\t');
      expect(bad).toMatchObject({ status: 422, body: { code: 'invalid_idempotency_key' } });
    });

    it('without what a ticket request under the same key ordered', async () => {
      const sale = await client.createSale({ perBuyerLimit: 4 });
      const ann = await shopper(sale, 'ann');
      await ann.put(0, 2);
      await system.stopWorker();
      const asked = await client.take(sale, ann.token, { quantities: [1], key: 'k' });
      const checkedOut = await ann.checkOut('k');
      system.startWorker();
      expect((await client.poll(asked.body.ticketId, ann.token)).status).toBe('held');
      expect(await client.poll(checkedOut.body.ticketId, ann.token)).toMatchObject({
        status: 'rejected',
        reason: 'duplicate',
      });
      expect(await ann.quantities()).toEqual([2]);
    });

    it('and keeps what its buyer put in meanwhile', async () => {
      const sale = await client.createSale({ products: TWO.products, perBuyerLimit: 4 });
      const [ann, bob] = [await shopper(sale, 'ann'), await shopper(sale, 'bob')];
      await ann.put(0, 1);
      await bob.put(0, 2);
      await system.stopWorker();
      const [annsTicket, bobsTicket] = [await ann.checkOut(), await bob.checkOut()];
      await ann.put(0, 3);
      await ann.put(1, 1);
      await bob.put(0, 1);
      system.startWorker();
      await client.poll(annsTicket.body.ticketId, ann.token);
      expect(await ann.quantities()).toEqual([2, 1]);
      await client.poll(bobsTicket.body.ticketId, bob.token);
      expect(await bob.quantities()).toEqual([]);
    });

    it('and emptied by an offer when the ticket had to wait', async () => {
      const sale = await client.createSale({ stock: 1, waitlist: true });
      const [ann, bob, cid] = [
        await shopper(sale, 'ann'),
        await shopper(sale, 'bob'),
        await shopper(sale, 'cid'),
      ];
      for (const name of [ann, bob, cid]) await name.put(0, 1);
      const held = await ann.buy();
      const waiting = await bob.buy();
      expect([held.status, waiting.status]).toEqual(['held', 'waitlisted']);
      expect((await cid.buy()).status).toBe('waitlisted');
      expect([await ann.quantities(), await bob.quantities()]).toEqual([[], [1]]);
      const turned = client.poll(waiting.ticketId, bob.token);
      await client.call('DELETE', `/api/tickets/${held.ticketId}`, { token: ann.token });
      expect((await turned).status).toBe('held');
      expect([await bob.quantities(), await cid.quantities()]).toEqual([[], [1]]);
    });
  });

  describe('and its order are one', () => {
    /** A checkout that is decided and not yet recorded. */
    const decided = async () => {
      const sale = await client.createSale({ ...TWO, perBuyerLimit: 4 });
      const ann = await shopper(sale, 'ann');
      await ann.put(0, 1);
      await system.stopWorker();
      const { ticketId } = (await ann.checkOut()).body;
      const shard = new Shards({ redis: system.redis, db: system.db, log: silent }).at(0);
      await decideWaiting(system, shard);
      const epoch = await shard.epoch();
      return {
        ann,
        ticketId,
        epoch,
        entries: await readUnpublished(system.redis, shard.keys, epoch),
      };
    };

    it('when the recording is rolled back', async () => {
      const { ann, ticketId, entries } = await decided();
      const rolledBack = system.db.transaction().execute(async (tx) => {
        await project(tx, 0, entries);
        const { rows } = await sql<{ items: object }>`
          select items from carts where sale_id = ${ann.sale.id}`.execute(tx);
        expect(rows).toEqual([{ items: {} }]);
        throw new Error('the recorder dies here');
      });
      await expect(rolledBack).rejects.toThrow('dies here');
      expect(await ann.quantities()).toEqual([1]);
      system.startWorker();
      expect((await client.poll(ticketId, ann.token)).status).toBe('held');
      expect(await ann.quantities()).toEqual([]);
    });

    /** Waits until a statement waits for a row. */
    const untilBlocked = () =>
      expect
        .poll(async () => {
          const { rows } = await sql`
            select from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'`.execute(system.db);
          return rows.length;
        })
        .toBeGreaterThan(0);

    it('when the buyer puts something in while it is recorded', async () => {
      const { ann, ticketId, entries } = await decided();
      let put: Promise<unknown> | undefined;
      await system.db
        .transaction()
        .execute(async (tx) => {
          await project(tx, 0, entries);
          put = ann.put(1, 2);
          await untilBlocked();
          throw new Error('no');
        })
        .catch(() => undefined);
      await put;
      expect(await ann.quantities()).toEqual([1, 2]);
      system.startWorker();
      await client.poll(ticketId, ann.token);
      expect(await ann.quantities()).toEqual([2]);
    });

    it('when it is recorded while something is being put in', async () => {
      const { ann, ticketId, epoch, entries } = await decided();
      let recorded: Promise<{ status: string }> | undefined;
      await system.db.transaction().execute(async (tx) => {
        const owner = { sale: ann.sale.id, buyer: 'ann' };
        await putIntoCart(tx, owner, ann.sale.products[0]?.id ?? '', 3);
        recorded = record(system.db, 0, epoch, entries);
        await untilBlocked();
      });
      expect((await recorded)?.status).toBe('recorded');
      expect(await ann.quantities()).toEqual([2]); // of the 3 that were put in, 1 is ordered
      system.startWorker();
      expect((await client.poll(ticketId, ann.token)).status).toBe('held');
    });
  });

  it('goes with its checkouts when it is old', async () => {
    const sale = await client.createSale();
    const ann = await shopper(sale, 'ann');
    await ann.put(0, 1);
    const held = await ann.buy('k');
    const { numDeletedRows } = await system.db
      .deleteFrom('carts')
      .where('sale_id', '=', sale.id)
      .where('updated_at', '<', new Date(Date.now() + 60_000))
      .executeTakeFirstOrThrow();
    expect(numDeletedRows).toBe(1n);
    const left = system.db.selectFrom('cart_checkouts').select('key');
    expect(await left.where('sale_id', '=', sale.id).execute()).toEqual([]);
    expect((await client.poll(held.ticketId, ann.token)).status).toBe('held');
  });
});
