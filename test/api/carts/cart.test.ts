import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SaleView } from '../../../src/api/schemas/sale.ts';
import { checkDatabase } from '../../support/checker.ts';
import { Client } from '../../support/client.ts';
import { Shopper, TWO } from '../../support/shopper.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

describe('a cart is filled', () => {
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

  it('and shows lines in the order of the sale, the total, and what is available now', async () => {
    const sale = await client.createSale({ ...TWO, perBuyerLimit: 4 });
    const ann = await shopper(sale, 'ann');
    const empty = { saleId: sale.id, items: [], amount: 0, currency: 'eur' };
    expect(await ann.cart()).toEqual(empty);
    expect((await ann.put(1, 2)).status).toBe(200);
    const { status, body } = await ann.put(0, 1);
    const line = (place: number, quantity: number, amount: number, available: number) => {
      const { id: productId, name } = sale.products[place] ?? {};
      return { productId, name, quantity, amount, available };
    };
    expect(status).toBe(200);
    expect(body).toEqual({
      saleId: sale.id,
      items: [line(0, 1, 100, 5), line(1, 2, 250, 3)],
      amount: 600,
      currency: 'eur',
    });
    expect(await ann.cart()).toEqual(body);

    // It reserves nothing: others buy what is in it.
    await client.buy(sale, await client.token('bob'), { quantities: [4] });
    await expect.poll(async () => (await ann.cart()).items[0]?.available).toBe(1);

    expect((await ann.put(1, 3)).body).toMatchObject({ amount: 850 });
    expect((await ann.take(0)).body.items).toEqual([line(1, 3, 250, 3)]);
    expect(await ann.take(0)).toMatchObject({ status: 200, body: { amount: 750 } });
    expect(await ann.take()).toMatchObject({ status: 200, body: empty });
    expect(await ann.take()).toMatchObject({ status: 200, body: empty });
  });

  it('by its buyer alone, in each sale anew', async () => {
    const sale = await client.createSale();
    const [ann, bob] = [await shopper(sale, 'ann'), await shopper(sale, 'bob')];
    expect((await bob.take(0)).body.items).toEqual([]); // before there is any
    await ann.put(0, 2);
    expect(await bob.quantities()).toEqual([]);
    await bob.put(0, 1);
    await bob.take();
    expect(await ann.quantities()).toEqual([2]);
    expect(await (await shopper(await client.createSale(), 'ann')).quantities()).toEqual([]);
  });

  it('before the sale opens, and not after it closed', async () => {
    const startsAt = new Date(Date.now() + 1_800_000);
    const sale = await client.createSale({ startsAt, perBuyerLimit: 4 });
    const ann = await shopper(sale, 'ann');
    await ann.put(0, 1);
    const early = await ann.checkOut('k');
    expect(early).toMatchObject({ status: 409, body: { code: 'sale_not_open' } });
    // What was refused was no attempt: the key is free for what is in the cart by now.
    await ann.put(0, 3);
    const admin = { token: await client.token('seller', 'admin') };
    const opened = new Date(Date.now() - 1_000);
    const path = `/api/admin/sales/${sale.id}`;
    await client.call('PATCH', path, { ...admin, body: { startsAt: opened } });
    expect(await ann.buy('k')).toMatchObject({ status: 'held', order: { amount: 3_000 } });

    await ann.put(0, 1);
    await client.call('POST', `${path}/close`, admin);
    expect(await ann.put(0, 2)).toMatchObject({ status: 409, body: { code: 'sale_closed' } });
    expect(await ann.checkOut()).toMatchObject({ status: 409, body: { code: 'sale_closed' } });
    expect(await ann.quantities()).toEqual([1]);
    expect((await ann.take()).status).toBe(200);
  });

  it('with what the sale has, so many as a buyer may have, of one currency', async () => {
    const sale = await client.createSale({
      products: [{ stock: 5 }, { stock: 5, currency: 'usd' }],
      perBuyerLimit: 3,
    });
    const ann = await shopper(sale, 'ann');
    for (const quantity of [0, -1, 1.5, 4]) {
      expect(await ann.put(0, quantity)).toMatchObject({
        status: 422,
        body: { code: 'invalid_quantity' },
      });
    }
    const { token } = ann;
    const base = `/api/sales/${sale.id}/cart`;
    const product = sale.products[0]?.id;
    const refusals = [
      ['PUT', `${base}/items/nothing`, { quantity: 1 }, 404, 'product_not_found'],
      ['PUT', '/api/sales/none/cart/items/x', { quantity: 1 }, 404, 'sale_not_found'],
      ['GET', '/api/sales/none/cart', undefined, 404, 'sale_not_found'],
      ['DELETE', '/api/sales/none/cart', undefined, 404, 'sale_not_found'],
      ['POST', '/api/sales/none/cart/checkout', undefined, 404, 'sale_not_found'],
      ['PUT', `${base}/items/${product}`, { quantity: 1, more: 1 }, 422, 'validation_failed'],
      ['PUT', `${base}/items/${product}`, '{', 400, 'malformed_json'],
      ['POST', `${base}/checkout`, undefined, 409, 'cart_empty'],
    ] as const;
    for (const [method, path, body, status, code] of refusals) {
      const answer = await client.call(method, path, body ? { token, body } : { token });
      expect(answer, `${method} ${path}`).toMatchObject({ status, body: { code } });
    }
    for (const [method, path] of [
      ['GET', ''],
      ['PUT', '/items/x'],
      ['DELETE', '/items/x'],
      ['DELETE', ''],
      ['POST', '/checkout'],
    ] as const) {
      expect(await client.call(method, `${base}${path}`)).toMatchObject({ status: 401 });
    }
    expect(await ann.quantities()).toEqual([]);

    // Whichever of two currencies comes first, the other one does not come into the cart.
    const both = await Promise.all([0, 1].map((place) => ann.put(place, 1)));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 422]);
    expect(both.find(({ status }) => status === 422)?.body.code).toBe('mixed_currencies');
    expect(await ann.quantities()).toEqual([1]);
  });

  it('by many requests at once', async () => {
    const products = Array.from({ length: 12 }, () => ({ stock: 5 }));
    const sale = await client.createSale({ products, perBuyerLimit: 50 });
    const ann = await shopper(sale, 'ann');
    const puts = products.flatMap((_, place) => [ann.put(place, 2), ann.put(place, 2)]);
    expect(new Set((await Promise.all(puts)).map(({ status }) => status))).toEqual(new Set([200]));
    expect(await ann.quantities()).toEqual(products.map(() => 2));
    const kept = await ann.buy();
    expect(kept).toMatchObject({ status: 'held', order: { amount: 24_000 } });
  });
});
