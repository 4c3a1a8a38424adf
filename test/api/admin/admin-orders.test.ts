import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AdminOrderView } from '../../../src/api/schemas/order.ts';
import type { SaleView } from '../../../src/api/schemas/sale.ts';
import type { Problem } from '../../support/client.ts';
import { insertOrders } from '../../support/many-orders.ts';
import { Payer, type PaymentSystem, startPaymentSystem } from '../../support/payments.ts';

describe('the orders of a sale, for its seller', () => {
  let system: PaymentSystem;
  let client: Payer;
  let admin: string;
  beforeAll(async () => {
    system = await startPaymentSystem();
    client = new Payer(system);
    admin = await client.token('seller', 'admin');
  });
  afterAll(() => system.stop());

  const list = async (sale: { id: string }, query = '') =>
    (
      await client.call<{ items: AdminOrderView[]; nextCursor?: string } & Problem>(
        'GET',
        `/api/admin/sales/${sale.id}/orders${query}`,
        { token: admin },
      )
    ).body;
  const lines = ({ items }: { items: readonly AdminOrderView[] }) =>
    items.map(({ lineNumber }) => lineNumber);
  const allPages = async (sale: SaleView, query: string) => {
    const found: number[] = [];
    let cursor = '';
    do {
      const page = await list(sale, `?limit=7${query}${cursor}`);
      found.push(...lines(page));
      cursor = page.nextCursor === undefined ? '' : `&cursor=${page.nextCursor}`;
    } while (cursor !== '');
    return found;
  };

  it('newest first, in pages, of one status, several or all', async () => {
    const [sale, other] = [await client.createSale(), await client.createSale()];
    await insertOrders(system.owner, sale, 40);
    await insertOrders(system.owner, other, 5);
    // What was recorded in one moment is sorted by id.
    const sorted = await sql<{ line_number: number; status: string }>`
      select line_number, status from orders where sale_id = ${sale.id}
      order by created_at desc, id desc`.execute(system.db);
    const expected = (...statuses: string[]) =>
      sorted.rows
        .filter(({ status }) => statuses.length === 0 || statuses.includes(status))
        .map((row) => row.line_number);
    expect(await allPages(sale, '')).toEqual(expected());
    expect(await allPages(sale, '&status=paid')).toEqual(expected('paid'));
    expect(await allPages(sale, '&status=paid&status=held&status=paid')).toEqual(
      expected('paid', 'held'),
    );
    expect(expected('paid')).toHaveLength(12);
    expect(await list(sale, '?status=refunded')).toEqual({ items: [] });
    expect(await list(sale, '?cursor=nothing')).toEqual({ items: [] });
    expect((await list(sale, '?limit=1')).items[0]).toMatchObject({
      id: `${sale.id}-40`,
      saleId: sale.id,
      buyerId: 'buyer-40',
      lineNumber: 40,
      status: 'held',
      amount: 1_000,
      items: [{ quantity: 1, name: 'Product 1' }],
    });
  });

  it('finds an order by its id, ticket, payment or buyer, in this sale only', async () => {
    system.startWorker();
    const [sale, other] = [await client.createSale(), await client.createSale()];
    const who = await client.holdAndPay(sale);
    await client.until(who, 'paid');
    await client.hold(sale);
    const [order] = (await list(sale, `?q=${who.orderId}`)).items;
    expect(order).toMatchObject({ id: who.orderId, status: 'paid' });
    const words = [who.orderId, who.ticketId, who.paymentIntentId, order?.buyerId ?? ''];
    for (const word of words) {
      const q = `?q=${encodeURIComponent(word)}`;
      expect([word, (await list(sale, q)).items]).toEqual([word, [order]]);
      expect((await list(sale, `${q}&status=paid&status=held`)).items).toEqual([order]);
      expect((await list(sale, `${q}&status=held`)).items).toEqual([]);
      expect((await list(sale, `?q=${encodeURIComponent(word.slice(0, -1))}`)).items).toEqual([]);
      expect((await list(other, q)).items).toEqual([]);
    }
    expect((await list(sale, `?q=${'A'.repeat(80)}`)).items).toEqual([]); // an unknown ticket
    await system.stopWorker();
  });

  it.each([
    ['a status that is none', '?status=sold'],
    ['several, one of which is none', '?status=paid&status=sold'],
    ['an empty search', '?q='],
    ['a search with NUL', '?q=%00'],
    ['a page of nothing', '?limit=0'],
    ['a page too long', '?limit=101'],
    ['a cursor that cannot be one', '?cursor=%20'],
  ])('refuses %s', async (_, query) => {
    const sale = await client.createSale();
    expect(await list(sale, query)).toMatchObject({ status: 422, code: 'validation_failed' });
  });

  it('refuses an unknown sale', async () => {
    expect(await list({ id: 'nowhere' })).toMatchObject({ status: 404, code: 'sale_not_found' });
  });
});
