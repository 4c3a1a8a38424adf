import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TicketView } from '../../../src/api/schemas/ticket.ts';
import { Client } from '../../support/client.ts';
import { endHold } from '../../support/holds.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

describe('the way of a ticket', () => {
  let system: TestSystem;
  let client: Client;
  beforeAll(async () => {
    system = await startSystem();
    system.startWorker();
    client = new Client(system.url);
  });
  afterAll(() => system.stop());

  it('leads from a place in line to a hold with its order', async () => {
    const sale = await client.createSale({ stock: 3 });
    const token = await client.token('ann');
    const taken = await client.take(sale, token);
    expect(taken.status).toBe(202);
    expect(taken.body).toMatchObject({
      saleId: sale.id,
      status: 'queued',
      position: 1,
      ahead: 0,
      retryAfterMs: expect.any(Number),
    });
    expect(taken.headers.get('location')).toBe(`/api/tickets/${taken.body.ticketId}`);

    const ticket = await client.poll(taken.body.ticketId, token);
    expect(ticket).toMatchObject({
      ticketId: taken.body.ticketId,
      status: 'held',
      lineNumber: 1,
      order: {
        saleId: sale.id,
        ticketId: taken.body.ticketId,
        status: 'held',
        amount: 1_000,
        currency: 'eur',
        items: [{ productId: sale.products[0]?.id, name: 'Product 1', quantity: 1, amount: 1_000 }],
      },
    });
    expect(await client.orders(token)).toEqual([ticket.order]);
    const path = `/api/orders/${ticket.order?.id}`;
    expect((await client.call('GET', path, { token })).body).toEqual(ticket.order);

    await expect.poll(async () => (await client.sale(sale.id)).line.decided).toBe(1);
    const stock = { total: 3, available: 2, held: 1, sold: 0 };
    expect((await client.sale(sale.id)).products[0]?.stock).toEqual(stock);
  });

  it('shows each ticket of a buyer with its own order', async () => {
    const token = await client.token('collector');
    const tickets = [];
    for (let i = 0; i < 3; i++) {
      const sale = await client.createSale();
      const { ticketId } = (await client.take(sale, token)).body;
      tickets.push({ ticketId, saleId: sale.id });
      await client.poll(ticketId, token);
    }
    const polled = await Promise.all(
      tickets.map(({ ticketId }) => client.poll(ticketId, token, 0)),
    );
    expect(polled.map(({ order }) => order)).toMatchObject(tickets);
  });

  it('takes several products all or nothing', async () => {
    const sale = await client.createSale({
      products: [{ stock: 5, amount: 100 }, { stock: 1, amount: 250 }, { stock: 5 }],
      perBuyerLimit: 10,
    });
    const both = await client.buy(sale, await client.token('ann'), { quantities: [2, 1] });
    expect(both).toMatchObject({ status: 'held', order: { amount: 450 } });
    const second = await client.buy(sale, await client.token('bob'), { quantities: [1, 1] });
    expect(second).toMatchObject({ status: 'sold_out', lineNumber: 2 });
    expect(second.order).toBeUndefined();
    const one = await client.buy(sale, await client.token('cid'), { quantities: [3, 0, 1] });
    expect(one).toMatchObject({ status: 'held', order: { amount: 1_300 } });
  });

  it('names what a duplicate duplicates; giving that back frees the way', async () => {
    const sale = await client.createSale();
    const token = await client.token('ann');
    const first = await client.buy(sale, token);
    const second = await client.buy(sale, token);
    expect(second).toMatchObject({
      status: 'rejected',
      reason: 'duplicate',
      duplicateOf: first.ticketId,
      lineNumber: 2,
    });
    const back = await client.call('DELETE', `/api/tickets/${first.ticketId}`, { token });
    expect(back).toMatchObject({ status: 200, body: { status: 'cancelled', lineNumber: 1 } });
    expect(await client.buy(sale, token)).toMatchObject({ status: 'held', lineNumber: 3 });
    expect((await client.poll(second.ticketId, token)).status).toBe('rejected');
  });

  it('rejects what goes over the limit of a buyer once it has been lowered', async () => {
    const sale = await client.createSale({ perBuyerLimit: 4 });
    await system.stopWorker();
    const token = await client.token('ann');
    const taken = await client.take(sale, token, { quantities: [3] });
    const lowered = await client.call('PATCH', `/api/admin/sales/${sale.id}`, {
      token: await client.token('seller', 'admin'),
      body: { perBuyerLimit: 2 },
    });
    expect(lowered).toMatchObject({ status: 200, body: { perBuyerLimit: 2 } });
    system.startWorker();
    expect(await client.poll(taken.body.ticketId, token)).toMatchObject({
      status: 'rejected',
      reason: 'limit_reached',
    });
    const other = await client.take(sale, await client.token('bob'), { quantities: [3] });
    expect(other).toMatchObject({ status: 422, body: { code: 'invalid_quantity' } });
  });

  describe('Idempotency-Key', () => {
    it('makes a repeat show the first attempt, also at the same time', async () => {
      const sale = await client.createSale();
      const token = await client.token('ann');
      const taken = await Promise.all(
        Array.from({ length: 5 }, () => client.take(sale, token, { key: 'k 1' })),
      );
      const tickets = await Promise.all(taken.map(({ body }) => client.poll(body.ticketId, token)));
      for (const ticket of tickets) {
        expect(ticket).toMatchObject({ status: 'held', lineNumber: 1, order: tickets[0]?.order });
      }
      expect(await client.orders(token, `?saleId=${sale.id}`)).toHaveLength(1);
      const other = await client.buy(sale, await client.token('bob'), { key: 'k 1' });
      expect(other).toMatchObject({ status: 'held', lineNumber: 2 });

      // Giving one of them back gives all of them back.
      await client.call('DELETE', `/api/tickets/${tickets[3]?.ticketId}`, { token });
      for (const { ticketId } of tickets) {
        expect(await client.poll(ticketId, token)).toMatchObject({
          status: 'cancelled',
          lineNumber: 1,
        });
      }
    });

    it('gives other items under the same key an outcome of their own', async () => {
      const sale = await client.createSale();
      const token = await client.token('ann');
      const first = await client.buy(sale, token, { key: 'k' });
      const second = await client.buy(sale, token, { key: 'k', quantities: [2] });
      expect(second).toMatchObject({
        status: 'rejected',
        reason: 'duplicate',
        duplicateOf: first.ticketId,
        lineNumber: 2,
      });
    });

    it('does not take the order of items for other items', async () => {
      const sale = await client.createSale({ products: [{ stock: 2 }, { stock: 2 }] });
      const token = await client.token('ann');
      const items = sale.products.map(({ id }) => ({ productId: id, quantity: 1 }));
      const path = `/api/sales/${sale.id}/tickets`;
      const headers = { 'idempotency-key': 'k' };
      const take = (body: unknown) =>
        client.call<{ ticketId: string }>('POST', path, { token, headers, body });
      const first = await take({ items });
      const again = await take({ items: items.toReversed() });
      await client.poll(first.body.ticketId, token);
      expect(await client.poll(again.body.ticketId, token)).toMatchObject({
        status: 'held',
        lineNumber: 1,
      });
    });
  });

  describe('with the worker away', () => {
    it('reports queued tickets truthfully, in order, and cancels at their turn', async () => {
      const sale = await client.createSale({ stock: 2 });
      await system.stopWorker();
      const names = ['ann', 'bob', 'cid', 'dot'];
      const tokens = await Promise.all(names.map((name) => client.token(name)));
      const taken = [];
      for (const token of tokens) taken.push((await client.take(sale, token)).body);
      expect(taken.map(({ position }) => position)).toEqual([1, 2, 3, 4]);

      const polls = await Promise.all(
        taken.map(({ ticketId }, i) => client.poll(ticketId, tokens[i] ?? '', 0)),
      );
      expect(polls.map(({ status }) => status)).toEqual(names.map(() => 'queued'));
      expect(polls.map(({ ahead }) => ahead)).toEqual([0, 1, 2, 3]);
      const patience = polls.map(({ retryAfterMs = 0 }) => retryAfterMs);
      expect(patience).toEqual([...new Set(patience)].sort((a, b) => a - b));
      const line = { waiting: 4, decided: 0 };
      await expect.poll(async () => (await client.sale(sale.id)).line).toEqual(line);

      const left = await client.call('DELETE', `/api/tickets/${taken[0]?.ticketId}`, {
        token: tokens[0] ?? '',
      });
      expect(left).toMatchObject({ status: 200, body: { status: 'queued', outlook: 'none' } });

      system.startWorker();
      const decided = await Promise.all(
        taken.map(({ ticketId }, i) => client.poll(ticketId, tokens[i] ?? '')),
      );
      expect(decided.map(({ status, lineNumber }) => [lineNumber, status])).toEqual([
        [1, 'cancelled'],
        [2, 'held'],
        [3, 'held'],
        [4, 'sold_out'],
      ]);
      await expect.poll(async () => (await client.sale(sale.id)).line.waiting).toBe(0);
    });

    it('cancels an attempt with a key through any of its tickets', async () => {
      const sale = await client.createSale();
      await system.stopWorker();
      const token = await client.token('ann');
      const first = (await client.take(sale, token, { key: 'k' })).body;
      const repeat = (await client.take(sale, token, { key: 'k' })).body;
      await client.call('DELETE', `/api/tickets/${repeat.ticketId}`, { token });
      system.startWorker();
      for (const { ticketId } of [first, repeat]) {
        expect(await client.poll(ticketId, token)).toMatchObject({
          status: 'cancelled',
          lineNumber: 1,
        });
      }
    });

    it('gives an attempt back through a repeat that is still in line', async () => {
      const sale = await client.createSale();
      const token = await client.token('ann');
      const first = await client.buy(sale, token, { key: 'k' });
      await system.stopWorker();
      const repeat = (await client.take(sale, token, { key: 'k' })).body;
      expect(await client.poll(repeat.ticketId, token)).toEqual({
        ...first,
        ticketId: repeat.ticketId,
      });
      const answer = await client.call('DELETE', `/api/tickets/${repeat.ticketId}`, { token });
      expect(answer).toMatchObject({ status: 200, body: { status: 'cancelled', lineNumber: 1 } });
      expect((await client.poll(first.ticketId, token)).status).toBe('cancelled');
      system.startWorker();
    });

    it('says at once when a queued ticket cannot win any more', async () => {
      const sale = await client.createSale();
      await system.stopWorker();
      const token = await client.token('ann');
      const { ticketId } = (await client.take(sale, token)).body;
      expect((await client.poll(ticketId, token, 0)).outlook).toBeUndefined();
      const admin = await client.token('seller', 'admin');
      await client.call('POST', `/api/admin/sales/${sale.id}/close`, { token: admin });
      expect(await client.poll(ticketId, token, 0)).toMatchObject({
        status: 'queued',
        outlook: 'none',
      });
      system.startWorker();
      expect(await client.poll(ticketId, token)).toMatchObject({
        status: 'rejected',
        reason: 'sale_closed',
        lineNumber: 1,
      });
    });
  });

  it('lets a hold expire: the unit comes back and goes to the next', async () => {
    const sale = await client.createSale({ stock: 1 });
    const token = await client.token('ann');
    const ticket = await client.buy(sale, token);
    expect(ticket.status).toBe('held');
    const other = await client.buy(sale, await client.token('bob'));
    expect(other.status).toBe('sold_out');

    const state = () => client.poll(ticket.ticketId, token, 0);
    await endHold(system, ticket.order?.id ?? '');
    await system.until(async () => (await state()).status === 'expired');
    expect(await state()).toMatchObject({ lineNumber: 1, order: { status: 'expired' } });
    const again = await client.buy(sale, await client.token('bob'));
    expect(again).toMatchObject({ status: 'held', lineNumber: 3 });

    const gone = await client.call('DELETE', `/api/tickets/${ticket.ticketId}`, { token });
    expect(gone).toMatchObject({ status: 409, body: { code: 'not_cancellable' } });
  });

  it('gives a hold back by its order, once', async () => {
    const sale = await client.createSale({ stock: 1 });
    const token = await client.token('ann');
    const { order } = await client.buy(sale, token);
    const path = `/api/orders/${order?.id}/cancel`;
    const answers = await Promise.all([
      client.call('POST', path, { token }),
      client.call('POST', path, { token }),
    ]);
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    }
    const late = await client.call('POST', path, { token });
    expect(late).toMatchObject({ status: 409, body: { code: 'not_cancellable' } });
    const stock = { total: 1, available: 1, held: 0, sold: 0 };
    await expect.poll(async () => (await client.sale(sale.id)).products[0]?.stock).toEqual(stock);
  });

  it('lists the decided tickets and orders of a buyer, newest first, in pages', async () => {
    const token = await client.token('eve');
    const sales = [];
    for (let i = 0; i < 3; i++) sales.push(await client.createSale({ stock: i === 1 ? 0 : 5 }));
    const bought: TicketView[] = [];
    for (const sale of sales) bought.push(await client.buy(sale, token));
    // As they were polled; the list also has what a ticket without units found at its turn.
    const productId = sales[1]?.products[0]?.id ?? '';
    const polled = bought[1];
    if (polled === undefined) throw new Error('nothing was bought');
    bought[1] = {
      ...polled,
      facts: { products: [{ productId, name: 'Product 1', wanted: 1, gone: 0, total: 0 }] },
      explanation: 'At the turn of line number 1, there were no units of Product 1; you wanted 1.',
    };

    const list = async (query: string) =>
      (
        await client.call<{ items: unknown[]; nextCursor?: string }>(
          'GET',
          `/api/tickets${query}`,
          { token },
        )
      ).body;
    const others = await client.token('other');
    const nudge = await client.createSale();
    await client.buy(nudge, others);
    await expect.poll(async () => (await list('')).items.length).toBe(3);
    expect((await list('')).items).toEqual(bought.toReversed());
    const first = await list('?limit=2');
    expect(first.items).toEqual(bought.slice(1).toReversed());
    expect((await list(`?limit=2&cursor=${first.nextCursor}`)).items).toEqual([bought[0]]);
    expect((await list(`?saleId=${sales[1]?.id}`)).items).toEqual([bought[1]]);

    expect(await client.orders(token)).toEqual([bought[2]?.order, bought[0]?.order]);
    expect(await client.orders(token, `?saleId=${sales[0]?.id}&status=held`)).toEqual([
      bought[0]?.order,
    ]);
    expect(await client.orders(token, '?status=paid')).toEqual([]);
  });
});
