import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OrderView } from '../../../src/api/schemas/order.ts';
import type { SaleView } from '../../../src/api/schemas/sale.ts';
import type { TicketView } from '../../../src/api/schemas/ticket.ts';
import { checkDatabase } from '../../support/checker.ts';
import { Client } from '../../support/client.ts';
import { endHold } from '../../support/holds.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}

describe('the history of a buyer', () => {
  let system: TestSystem;
  let client: Client;
  beforeAll(async () => {
    // So long that requests that are sent together are one batch.
    system = await startSystem({ batchMs: 50 });
    system.startWorker();
    client = new Client(system.url);
  });
  afterAll(() => system.stop());
  afterEach(async () => expect(await checkDatabase(system.db)).toEqual([]));

  const admin = async () => ({ token: await client.token('seller', 'admin') });

  /** The tickets of a buyer in a sale, newest first, once the history has so many. */
  async function tickets(sale: SaleView, buyer: string, count = 1): Promise<readonly TicketView[]> {
    const token = await client.token(buyer);
    const path = `/api/tickets?saleId=${sale.id}`;
    let items: readonly TicketView[] = [];
    await expect
      .poll(async () => {
        items = (await client.call<Page<TicketView>>('GET', path, { token })).body.items;
        return items.length;
      })
      .toBe(count);
    return items;
  }

  const ticket = async (sale: SaleView, buyer: string) => (await tickets(sale, buyer))[0];
  const buy = async (sale: SaleView, buyer: string, quantities: number[], key?: string) =>
    client.buy(sale, await client.token(buyer), {
      quantities,
      ...(key === undefined ? {} : { key }),
    });

  /** What a ticket found of the sale's products, as they are listed. */
  const found = (sale: SaleView, products: readonly (readonly number[])[]) => ({
    products: products.map(([place = 0, wanted, gone, total]) => ({
      productId: sale.products[place]?.id,
      name: sale.products[place]?.name,
      wanted,
      total,
      gone,
    })),
  });

  it('says what was gone at the turn of a ticket, in one batch and over several', async () => {
    const sale = await client.createSale({ stock: 5 });
    const names = ['ann', 'bob', 'cid', 'dot'];
    const tokens = await Promise.all(names.map((name) => client.token(name)));
    const taken = await Promise.all(
      tokens.map((token) => client.take(sale, token, { quantities: [2] })),
    );
    await Promise.all(taken.map(({ body }, at) => client.poll(body.ticketId, tokens[at] ?? '')));
    const all = await Promise.all(names.map((name) => ticket(sale, name)));
    const lost = all.filter((one) => one?.status === 'sold_out');
    expect(lost).toHaveLength(2);
    for (const one of lost) {
      expect(one).toMatchObject({
        facts: found(sale, [[0, 2, 4, 5]]),
        explanation:
          `At the turn of line number ${one?.lineNumber}, ` +
          '4 of 5 units of Product 1 were gone; you wanted 2.',
      });
    }
    for (const one of all) if (one?.status === 'held') expect(one.facts).toBeUndefined();

    expect((await buy(sale, 'eva', [1])).status).toBe('held');
    expect((await buy(sale, 'fay', [1])).status).toBe('sold_out');
    expect((await ticket(sale, 'fay'))?.facts).toEqual(found(sale, [[0, 1, 5, 5]]));
  });

  it('follows what comes back and what the seller adds', async () => {
    const sale = await client.createSale({
      products: [{ stock: 1 }, { stock: 3 }],
    });
    const { order } = await buy(sale, 'ann', [1, 1]);
    await buy(sale, 'bob', [1, 1]);
    const lost = await ticket(sale, 'bob');
    expect(lost).toMatchObject({
      status: 'sold_out',
      facts: found(sale, [
        [0, 1, 1, 1],
        [1, 1, 1, 3],
      ]),
      explanation:
        'At the turn of line number 2, 1 of 1 unit of Product 1 was gone; you wanted 1. ' +
        'A ticket gets everything or nothing.',
    });
    await endHold(system, order?.id ?? '');
    await expect.poll(async () => (await ticket(sale, 'ann'))?.status).toBe('expired');
    await buy(sale, 'cid', [2]);
    expect((await ticket(sale, 'cid'))?.facts).toEqual(found(sale, [[0, 2, 0, 1]]));
    const path = `/api/admin/products/${sale.products[0]?.id}/restock`;
    const headers = { 'idempotency-key': 'more' };
    await client.call('POST', path, { ...(await admin()), body: { delta: 2 }, headers });
    expect((await buy(sale, 'dot', [2])).status).toBe('held');
    await buy(sale, 'eva', [2]);
    expect((await ticket(sale, 'eva'))?.facts).toEqual(found(sale, [[0, 2, 2, 3]]));
    // What was found stays as it was.
    expect(await ticket(sale, 'bob')).toEqual(lost);
  });

  it('says it of tickets that wait, and that waited in vain', async () => {
    const sale = await client.createSale({ stock: 2, waitlist: true });
    await buy(sale, 'ann', [2]);
    await buy(sale, 'bob', [1]);
    const facts = found(sale, [[0, 1, 2, 2]]);
    const turn = 'At the turn of line number 2, 2 of 2 units of Product 1 were gone; you wanted 1.';
    expect(await ticket(sale, 'bob')).toMatchObject({
      status: 'waitlisted',
      facts,
      explanation: [
        turn,
        'It waits: what comes back is offered in line order, without anybody asking.',
      ].join(' '),
    });
    await client.call('POST', `/api/admin/sales/${sale.id}/close`, await admin());
    const ended = await ticket(sale, 'bob');
    expect(ended).toMatchObject({ status: 'sold_out', facts });
    expect(ended?.explanation).toMatch(
      /^At the turn of line number 2, 2 of 2 .* waited, and nothing came back/,
    );
  });

  it('gives the reasons of what was rejected', async () => {
    const sale = await client.createSale({ perBuyerLimit: 4 });
    const token = await client.token('ann');
    await buy(sale, 'ann', [3], 'k');
    await buy(sale, 'ann', [1]);
    await buy(sale, 'ann', [2], 'k');
    const bobs = await client.token('bob');
    await system.stopWorker();
    const tooMany = await client.take(sale, bobs, { quantities: [3] });
    const { token: seller } = await admin();
    const path = `/api/admin/sales/${sale.id}`;
    await client.call('PATCH', path, { token: seller, body: { perBuyerLimit: 2 } });
    await client.take(sale, await client.token('cid'));
    system.startWorker();
    await client.poll(tooMany.body.ticketId, bobs);
    const words = async (buyer: string, count = 1) =>
      (await tickets(sale, buyer, count)).map(({ explanation }) => explanation);
    expect(await words('ann', 3)).toEqual([
      'Line number 3 came with the Idempotency-Key under which line number 1 had asked for something else: ' +
        'see duplicateOf.',
      'At the turn of line number 2 your line number 1 held units or waited for them: see duplicateOf.',
      undefined,
    ]);
    expect(await words('bob')).toEqual([
      'At the turn of line number 4 you wanted 3 units: with what you held or had bought, more than the sale gave ' +
        'each buyer.',
    ]);
    await system.stopWorker();
    await client.take(sale, await client.token('dot'));
    await client.call('POST', `${path}/close`, { token: seller });
    system.startWorker();
    expect(await words('dot')).toEqual([
      'The sale was over for line number 6: it was closed, or its window changed, before its turn.',
    ]);
    expect((await client.orders(token, `?saleId=${sale.id}`)).length).toBe(1);
  });

  it('comes in pages, of tickets and of orders', async () => {
    const sale = await client.createSale({ stock: 10 });
    const token = await client.token('pat');
    for (let i = 0; i < 3; i++) {
      const { ticketId } = await buy(sale, 'pat', [1]);
      await buy(sale, 'pat', [1]);
      await client.call('DELETE', `/api/tickets/${ticketId}`, { token });
    }
    await tickets(sale, 'pat', 6);
    const pages = async <T>(path: string) => {
      const read: (readonly T[])[] = [];
      let cursor = '';
      do {
        const query = `?saleId=${sale.id}&limit=2${cursor}`;
        const { body } = await client.call<Page<T>>('GET', `${path}${query}`, { token });
        read.push(body.items);
        cursor = body.nextCursor === undefined ? '' : `&cursor=${body.nextCursor}`;
      } while (cursor !== '');
      return read;
    };
    const lines = (await pages<TicketView>('/api/tickets')).map((page) =>
      page.map(({ lineNumber }) => lineNumber),
    );
    expect(lines).toEqual([
      [6, 5],
      [4, 3],
      [2, 1],
    ]);
    const orders = await pages<OrderView>('/api/orders');
    expect(orders.map((page) => page.length)).toEqual([2, 1]);
    expect(orders.flat()).toEqual(await client.orders(token, `?saleId=${sale.id}`));
  });
});
