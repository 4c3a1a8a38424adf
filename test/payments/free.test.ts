import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { MetricsView } from '../../src/api/schemas/metrics.ts';
import type { AdminOrderView, OrderView } from '../../src/api/schemas/order.ts';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { findPaymentOrder } from '../../src/db/orders.ts';
import { compare } from '../../src/line/reconcile.ts';
import { confirm } from '../../src/redis/scripts/confirm.ts';
import { checkDatabase } from '../support/checker.ts';
import { type Answer, Client, type Problem } from '../support/client.ts';
import { Payer, type PaymentSystem, startPaymentSystem } from '../support/payments.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

type Confirmed = Answer<Omit<OrderView, 'status'> & { status: string | number; code?: string }>;

const FREE = { products: [{ stock: 3, amount: 0 }] };

describe('an order that costs nothing, in a shop without Stripe', () => {
  let system: TestSystem;
  let client: Client;
  let admin: string;
  beforeAll(async () => {
    system = await startSystem();
    system.startWorker();
    client = new Client(system.url);
    admin = await client.token('seller', 'admin');
  });
  afterEach(async () => {
    expect(await checkDatabase(system.db)).toEqual([]);
    const shard = system.shards.at(0);
    expect(await compare(system, shard, 'all')).toMatchObject({ status: 'same' });
  });
  afterAll(() => system.stop());

  const sell = (orderId: string, token: string): Promise<Confirmed> =>
    client.call('POST', `/api/orders/${orderId}/confirm`, { token });
  const stock = ({ id }: SaleView) =>
    system.db
      .selectFrom('products')
      .select(['total', 'available', 'held', 'sold'])
      .where('sale_id', '=', id)
      .executeTakeFirst();
  let buyers = 0;
  const hold = async (sale: SaleView, quantities = [1]) => {
    const token = await client.token(`free-${++buyers}`);
    const { order, ticketId } = await client.buy(sale, token, { quantities });
    if (order === undefined) throw new Error('nothing is held');
    return { token, ticketId, orderId: order.id };
  };

  it('is sold when its buyer confirms it, once, however often', async () => {
    const sale = await client.createSale({ ...FREE, perBuyerLimit: 2 });
    const { token, ticketId, orderId } = await hold(sale, [2]);
    const answers = await Promise.all([1, 2, 3].map(() => sell(orderId, token)));
    const again = await sell(orderId, token);
    for (const { status } of answers) expect(status).toBe(200);
    expect(again.body).toMatchObject({ id: orderId, status: 'paid', amount: 0 });
    expect(again.body.paidAt).toBeDefined();
    expect(answers.map(({ body }) => body)).toEqual(Array(3).fill(again.body));
    expect(await client.poll(ticketId, token, 0)).toMatchObject({ status: 'paid' });
    expect(await stock(sale)).toEqual({ total: 3, available: 1, held: 0, sold: 2 });
    const more = await client.buy(sale, token);
    expect(more).toMatchObject({ status: 'rejected', reason: 'limit_reached' }); // I6
    const metrics = await client.call<MetricsView>('GET', `/api/admin/sales/${sale.id}/metrics`, {
      token: admin,
    });
    expect(metrics.body.ordersPaid).toBe(1);
  });

  it('is confirmed by its buyer only', async () => {
    const sale = await client.createSale(FREE);
    const { orderId } = await hold(sale);
    const other = await sell(orderId, await client.token('eve'));
    expect(other).toMatchObject({ status: 404, body: { code: 'order_not_found' } });
  });

  it('one with a price answers payment_required, also with a free product in it', async () => {
    const products = [
      { stock: 3, amount: 0 },
      { stock: 3, amount: 500 },
    ];
    const sale = await client.createSale({ products });
    for (const quantities of [
      [1, 1],
      [0, 1],
    ]) {
      const { orderId, token } = await hold(sale, quantities);
      const refused = await sell(orderId, token);
      expect(refused).toMatchObject({ status: 409, body: { code: 'payment_required' } });
    }
  });

  it('what has a price is not sold by a confirmation that passed the API (I8)', async () => {
    const sale = await client.createSale({ stock: 3 });
    const { orderId, token } = await hold(sale);
    const order = await findPaymentOrder(system.db, orderId);
    if (order === undefined) throw new Error('nothing is held');
    const shard = system.shards.at(0);
    const { ticket_id: identity, hold_seq: holdSeq } = order;
    const forged = shard.change(confirm, { sale: sale.id, identity, holdSeq });
    await expect(forged).rejects.toThrow('unavailable'); // the projection refuses it, each time
    const { status } = (await client.orders(token))[0] ?? {};
    expect(status).toBe('held');
    expect(await stock(sale)).toMatchObject({ available: 2, held: 1, sold: 0 });
  });

  it('one that is free has nothing to pay, and says so', async () => {
    const sale = await client.createSale(FREE);
    const { orderId, token } = await hold(sale);
    const refused = await client.call<Problem>('POST', `/api/orders/${orderId}/payment`, { token });
    expect(refused).toMatchObject({ status: 409, body: { code: 'order_not_payable' } });
    expect(refused.body.detail).toMatch(/costs nothing: confirm it/);
  });

  it('cannot be confirmed once it was given back, or its time is over', async () => {
    const sale = await client.createSale(FREE);
    const back = await hold(sale);
    const given = await client.call('POST', `/api/orders/${back.orderId}/cancel`, back);
    expect(given.status).toBe(200);
    const late = await hold(await client.createSale({ ...FREE, holdSeconds: 1 }));
    await system.until(async () => {
      const { status } = await client.poll(late.ticketId, late.token, 0);
      return status === 'expired';
    });
    for (const { orderId, token } of [back, late]) {
      const refused = await sell(orderId, token);
      expect(refused).toMatchObject({ status: 409, body: { code: 'order_not_payable' } });
    }
    expect(await stock(sale)).toMatchObject({ available: 3, held: 0, sold: 0 });
  });

  it('is taken back by the seller, its units on sale again or gone', async () => {
    const sale = await client.createSale({ ...FREE, perBuyerLimit: 1 });
    const refund = (orderId: string, body: object = {}) =>
      client.call<{ status: AdminOrderView['status']; code?: string }>(
        'POST',
        `/api/admin/orders/${orderId}/refund`,
        {
          ...{ token: admin, body },
        },
      );
    const first = await hold(sale);
    const early = await refund(first.orderId);
    expect(early.body.code).toBe('not_refundable');
    await sell(first.orderId, first.token);
    const answers = await Promise.all([refund(first.orderId), refund(first.orderId)]);
    for (const { body } of answers) expect(body.status).toBe('refunded');
    expect(await stock(sale)).toEqual({ total: 3, available: 3, held: 0, sold: 0 });
    expect((await client.buy(sale, first.token)).status).toBe('held'); // its limit is free again
    const second = await hold(sale);
    await sell(second.orderId, second.token);
    expect((await refund(second.orderId, { restock: false })).body.status).toBe('refunded');
    expect(await stock(sale)).toEqual({ total: 2, available: 1, held: 1, sold: 0 });
    const over = await sell(second.orderId, second.token);
    expect(over.body.code).toBe('order_not_payable');
  });

  it('is offered to the waitlist, and confirmed from there', async () => {
    const sale = await client.createSale({ products: [{ stock: 1, amount: 0 }], waitlist: true });
    const first = await hold(sale);
    const token = await client.token('patient-free');
    const waiting = await client.buy(sale, token);
    expect(waiting.status).toBe('waitlisted');
    await client.call('DELETE', `/api/tickets/${first.ticketId}`, { token: first.token });
    const offered = await client.poll(waiting.ticketId, token);
    expect(offered.status).toBe('held');
    const sold = await sell(offered.order?.id ?? '', token);
    expect(sold.body.status).toBe('paid');
  });
});

describe('an order that costs nothing, in a shop with Stripe', () => {
  let system: PaymentSystem;
  let client: Payer;
  beforeAll(async () => {
    system = await startPaymentSystem();
    system.startWorker();
    client = new Payer(system);
  });
  afterAll(() => system.stop());

  it('asks Stripe nothing, whatever becomes of it', async () => {
    const calls: string[] = [];
    system.stripe.faults.onCall = ({ method, path }) => {
      if (method === 'POST') calls.push(path);
      return 'none';
    };
    const sale = await client.createSale({ ...FREE, perBuyerLimit: 1 });
    const [sold, back] = [await client.hold(sale), await client.hold(sale)];
    expect((await client.request(sold.orderId, sold.token)).body.code).toBe('order_not_payable');
    await client.call('POST', `/api/orders/${sold.orderId}/confirm`, { token: sold.token });
    await client.until(sold, 'paid');
    await client.call('POST', `/api/orders/${back.orderId}/cancel`, { token: back.token });
    await client.until(back, 'cancelled');
    const token = await client.token('seller', 'admin');
    await client.call('POST', `/api/admin/orders/${sold.orderId}/refund`, { token, body: {} });
    await client.until(sold, 'refunded');
    const requests = await system.db.selectFrom('payment_requests').selectAll().execute();
    expect([calls, requests]).toEqual([[], []]);
  });
});
