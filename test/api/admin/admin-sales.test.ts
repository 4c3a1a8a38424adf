import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SaleView } from '../../../src/api/schemas/sale.ts';
import { MAX_STOCK } from '../../../src/domain/sale.ts';
import { Client } from '../../support/client.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

describe('sales and their sellers', () => {
  let system: TestSystem;
  let client: Client;
  let admin: string;
  beforeAll(async () => {
    system = await startSystem({ shards: 3 });
    system.startWorker();
    client = new Client(system.url);
    admin = await client.token('seller', 'admin');
  });
  afterAll(() => system.stop());

  const call = (method: string, path: string, body?: unknown, key?: string) =>
    client.call<SaleView & { code: string; detail: string; items: SaleView[]; nextCursor: string }>(
      method,
      path,
      {
        token: admin,
        ...(body === undefined ? {} : { body }),
        ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
      },
    );
  const newSale = {
    name: 'Drop',
    startsAt: '2026-01-01T10:00:00+01:00',
    endsAt: '2100-01-01T00:00:00Z',
    perBuyerLimit: 2,
    holdSeconds: 60,
    waitlist: false,
    products: [
      { name: 'B', amount: 200, currency: 'eur', stock: 2, description: 'second letter' },
      { name: 'A', amount: 100, currency: 'eur', stock: 0 },
    ],
  };

  it('takes no price that Stripe refuses: of three decimal digits the last is 0', async () => {
    const dinars = { name: 'D', amount: 1_234, currency: 'kwd', stock: 1 };
    const refused = await call('POST', '/api/admin/sales', { ...newSale, products: [dinars] });
    expect(refused).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
    expect(refused.body.detail).toContain('products.0.amount: must end in 0');
    const startsAt = '2099-01-01T00:00:00Z';
    const products = [{ ...dinars, amount: 1_230 }];
    const { id, ...made } = (
      await call('POST', '/api/admin/sales', { ...newSale, startsAt, products })
    ).body;
    const product = { id: made.products[0]?.id, amount: 1_235 };
    const changed = await call('PATCH', `/api/admin/sales/${id}`, { products: [product] });
    expect(changed).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
  });

  it.each([
    [{ amount: 100, currency: 'zzz' }, 'products.0.currency: is not a currency that Stripe takes'],
    [{ amount: 0, currency: 'zzz' }, 'products.0.currency: is not a currency that Stripe takes'],
    [{ amount: 49, currency: 'eur' }, 'products.0.amount: must be 0, or at least €0.50'],
    [{ amount: 1e8, currency: 'eur' }, 'products.0.amount: must be at most €999,999.99'],
    [{ amount: 150, currency: 'isk' }, 'products.0.amount: must end in 00'],
  ])('refuses the price %o, made or changed', async (price, words) => {
    const product = { name: 'P', stock: 1, ...price };
    const refused = await call('POST', '/api/admin/sales', { ...newSale, products: [product] });
    expect(refused).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
    expect(refused.body.detail).toContain(words);
    const made = await call('POST', '/api/admin/sales', {
      ...{ ...newSale, startsAt: '2099-01-01T00:00:00Z' },
    });
    const added = await call('POST', `/api/admin/sales/${made.body.id}/products`, product);
    expect(added).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
    const change = { products: [{ id: made.body.products[0]?.id, ...price }] };
    const changed = await call('PATCH', `/api/admin/sales/${made.body.id}`, change);
    expect(changed).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
    expect(changed.body.detail).toContain(words);
  });

  it('creates a sale that everybody can read, products in the order given', async () => {
    const { status, body } = await call('POST', '/api/admin/sales', newSale);
    expect(status).toBe(201);
    const shown = {
      id: expect.any(String),
      name: 'Drop',
      description: '',
      phase: 'open',
      startsAt: '2026-01-01T09:00:00.000Z',
      endsAt: '2100-01-01T00:00:00.000Z',
      serverTime: expect.any(String),
      perBuyerLimit: 2,
      holdSeconds: 60,
      offerSeconds: 60,
      holdLimit: null,
      waitlist: false,
      challenge: false,
      timeZone: 'UTC',
      products: [
        {
          id: expect.any(String),
          name: 'B',
          description: 'second letter',
          amount: 200,
          currency: 'eur',
          stock: { total: 2, available: 2, held: 0, sold: 0 },
        },
        {
          id: expect.any(String),
          name: 'A',
          description: '',
          amount: 100,
          currency: 'eur',
          stock: { total: 0, available: 0, held: 0, sold: 0 },
        },
      ],
      line: { waiting: 0, decided: 0 },
    };
    expect(body).toEqual(shown);
    expect(await client.sale(body.id)).toEqual(shown);
    expect(Math.abs(Date.parse(body.serverTime) - Date.now())).toBeLessThan(600_000);
  });

  it('tells its times in a zone, which can be changed while it is open', async () => {
    const zoned = { ...newSale, timeZone: 'America/St_Johns' };
    const { id, timeZone } = (await call('POST', '/api/admin/sales', zoned)).body;
    expect(timeZone).toBe('America/St_Johns');
    const path = `/api/admin/sales/${id}`;
    const changed = await call('PATCH', path, { timeZone: 'Europe/Berlin' });
    expect(changed).toMatchObject({ status: 200, body: { timeZone: 'Europe/Berlin' } });
    expect(await client.sale(id)).toMatchObject({
      timeZone: 'Europe/Berlin',
      startsAt: '2026-01-01T09:00:00.000Z',
    });
    const refused = await call('PATCH', path, { timeZone: 'Mars/Olympus' });
    expect(refused).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
  });

  it('spreads sales over the shards and lists them newest first, in pages', async () => {
    const made = [];
    for (let i = 0; i < 4; i++)
      made.push((await call('POST', '/api/admin/sales', newSale)).body.id);
    const rows = await system.db.selectFrom('sales').select('shard').distinct().execute();
    expect(rows.map(({ shard }) => shard).sort()).toEqual([0, 1, 2]);
    const first = (
      await client.call<{ items: SaleView[]; nextCursor: string }>('GET', '/api/sales?limit=3')
    ).body;
    expect(first.items.map(({ id }) => id)).toEqual(made.toReversed().slice(0, 3));
    const rest = await call('GET', `/api/sales?cursor=${first.nextCursor}`);
    expect(rest.body.items[0]?.id).toBe(made[0]);
  });

  it.each([
    ['an unknown field', { owner: 'me' }, 'validation_failed'],
    ['no products', { products: [] }, 'validation_failed'],
    ['a window that ends before it starts', { endsAt: '2025-01-01T00:00:00Z' }, 'invalid_window'],
    ['a time that is none', { startsAt: 'tomorrow' }, 'validation_failed'],
    ['a hold of more than a day', { holdSeconds: 86_401 }, 'validation_failed'],
    ['a hold of no time', { holdSeconds: 0 }, 'validation_failed'],
    ['offers of more than a day', { offerSeconds: 86_401 }, 'validation_failed'],
    ['offers of no time', { offerSeconds: 0 }, 'validation_failed'],
    ['a zone that is none', { timeZone: 'Europe/Atlantis' }, 'validation_failed'],
    ['an offset for a zone', { timeZone: '+02:00' }, 'validation_failed'],
    ['no zone', { timeZone: '' }, 'validation_failed'],
    ['no limit', { perBuyerLimit: 0 }, 'validation_failed'],
    ['a waitlist that is a number', { waitlist: 5 }, 'validation_failed'],
    ['an empty name', { name: ' ' }, 'validation_failed'],
    ['a name with NUL', { name: 'a\0b' }, 'validation_failed'],
    [
      'a price below nothing',
      { products: [{ name: 'A', amount: -1, currency: 'eur', stock: 1 }] },
      'validation_failed',
    ],
    [
      'a currency in capitals',
      { products: [{ name: 'A', amount: 100, currency: 'EUR', stock: 1 }] },
      'validation_failed',
    ],
    [
      'more units than a product may have',
      { products: [{ name: 'A', amount: 100, currency: 'eur', stock: MAX_STOCK + 1 }] },
      'validation_failed',
    ],
  ])('refuses a sale with %s', async (_, change, code) => {
    const answer = await call('POST', '/api/admin/sales', { ...newSale, ...change });
    expect(answer).toMatchObject({ status: 422, body: { code } });
  });

  it('changes a sale: words at any time, start and price until it opens', async () => {
    const soon = (
      await call('POST', '/api/admin/sales', { ...newSale, startsAt: '2099-01-01T00:00:00Z' })
    ).body;
    expect(soon.phase).toBe('upcoming');
    const path = `/api/admin/sales/${soon.id}`;
    const product = soon.products[1]?.id ?? '';
    const changed = await call('PATCH', path, {
      name: 'Renamed',
      description: 'Why',
      startsAt: '2026-02-01T00:00:00Z',
      holdSeconds: 90,
      products: [{ id: product, amount: 150, currency: 'usd', name: 'C' }],
    });
    expect(changed).toMatchObject({
      status: 200,
      body: { name: 'Renamed', description: 'Why', holdSeconds: 90, phase: 'open' },
    });
    expect(changed.body.products[1]).toMatchObject({ name: 'C', amount: 150, currency: 'usd' });

    const price = await call('PATCH', path, { products: [{ id: product, amount: 100 }] });
    expect(price).toMatchObject({ status: 409, body: { code: 'sale_opened' } });
    const start = await call('PATCH', path, { startsAt: '2026-03-01T00:00:00Z' });
    expect(start).toMatchObject({ status: 409, body: { code: 'sale_opened' } });
    const words = await call('PATCH', path, { products: [{ id: product, description: 'D' }] });
    expect(words.body.products[1]).toMatchObject({ name: 'C', description: 'D', amount: 150 });
    const nothing = await call('PATCH', path, { products: [{ id: product }] });
    expect(nothing).toMatchObject({ status: 200, body: { name: 'Renamed' } });
    const window = await call('PATCH', path, { endsAt: '2026-01-01T00:00:00Z' });
    expect(window).toMatchObject({ status: 422, body: { code: 'invalid_window' } });
    for (const [body, code] of [
      [{}, 'validation_failed'],
      [{ id: 'other' }, 'validation_failed'],
      [{ waitlist: true }, 'validation_failed'],
      [{ products: [{ id: 'nothing', name: 'X' }] }, 'unknown_product'],
      [{ products: [{ id: product, name: 'X' }, { id: product }] }, 'validation_failed'],
    ] as const) {
      expect(await call('PATCH', path, body)).toMatchObject({ status: 422, body: { code } });
    }
    const nowhere = await call('PATCH', '/api/admin/sales/nowhere', { name: 'X' });
    expect(nowhere).toMatchObject({ status: 404, body: { code: 'sale_not_found' } });

    await call('POST', `${path}/close`);
    const late = await call('PATCH', path, { name: 'X' });
    expect(late).toMatchObject({ status: 409, body: { code: 'sale_closed' } });
  });

  it('adds a product that can be bought at once', async () => {
    const sale = (await call('POST', '/api/admin/sales', newSale)).body;
    const path = `/api/admin/sales/${sale.id}/products`;
    const product = { name: 'New', amount: 500, currency: 'eur', stock: 1 };
    const added = await call('POST', path, product);
    expect(added).toMatchObject({
      status: 201,
      body: { name: 'New', stock: { total: 1, available: 1, held: 0, sold: 0 } },
    });
    const grown = await client.sale(sale.id);
    expect(grown.products[2]).toEqual(added.body);
    const ticket = await client.buy(grown, await client.token('ann'), { quantities: [0, 0, 1] });
    expect(ticket).toMatchObject({ status: 'held', order: { amount: 500 } });
    expect((await call('POST', path, { ...product, id: 'mine' })).body.code).toBe(
      'validation_failed',
    );
    const nowhere = await call('POST', '/api/admin/sales/nowhere/products', product);
    expect(nowhere.body.code).toBe('sale_not_found');
  });

  it('restocks once a key, down to what is held', async () => {
    const sale = await client.createSale({ stock: 1 });
    expect(await client.buy(sale, await client.token('ann'))).toMatchObject({ status: 'held' });
    const path = `/api/admin/products/${sale.products[0]?.id}/restock`;
    const restock = (delta: number, key?: string) => call('POST', path, { delta }, key);
    expect(await restock(3)).toMatchObject({
      status: 422,
      body: { code: 'invalid_idempotency_key' },
    });
    const stock = { total: 4, available: 3, held: 1, sold: 0 };
    const answers = await Promise.all([restock(3, 'one'), restock(3, 'one'), restock(3, 'one')]);
    for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: { stock } });
    expect(await restock(4, 'one')).toMatchObject({
      status: 409,
      body: { code: 'idempotency_key_reused' },
    });
    expect(await restock(-4, 'two')).toMatchObject({
      status: 409,
      body: { code: 'insufficient_stock' },
    });
    expect(await restock(-3, 'two')).toMatchObject({
      status: 200,
      body: { stock: { total: 1, available: 0, held: 1, sold: 0 } },
    });
    expect((await restock(MAX_STOCK, 'three')).body.code).toBe('too_many_units');
    for (const delta of [0, 1.5, '1', 1e12]) {
      expect((await restock(delta as number, 'four')).body.code).toBe('validation_failed');
    }
    const nowhere = await call('POST', '/api/admin/products/nothing/restock', { delta: 1 }, 'k');
    expect(nowhere).toMatchObject({ status: 404, body: { code: 'product_not_found' } });

    const ledger = await system.db
      .selectFrom('inventory_ledger')
      .select((eb) => [
        eb.fn.sum<number>('available').as('available'),
        eb.fn.sum<number>('held').as('held'),
      ])
      .where('product_id', '=', sale.products[0]?.id ?? '')
      .executeTakeFirstOrThrow();
    expect(ledger).toEqual({ available: 0, held: 1 }); // the ledger sums to the counters
  });

  it('a closed sale stays as it is, but for its stock', async () => {
    const sale = await client.createSale({ stock: 3 });
    expect(await client.buy(sale, await client.token('ann'))).toMatchObject({ status: 'held' });
    const path = `/api/admin/sales/${sale.id}`;
    const product = sale.products[0]?.id ?? '';
    const closed = await call('POST', `${path}/close`);
    expect(closed).toMatchObject({ status: 200, body: { phase: 'closed' } });
    expect(await call('POST', `${path}/close`)).toMatchObject({ status: 200 });

    const extra = { name: 'New', amount: 500, currency: 'eur', stock: 1 };
    for (const answer of [
      await call('POST', `${path}/products`, extra),
      await call('PATCH', path, { description: 'Late' }),
      await call('PATCH', path, { endsAt: '2101-01-01T00:00:00Z' }),
      await call('PATCH', path, { perBuyerLimit: 5 }),
      await call('PATCH', path, { products: [{ id: product, name: 'X' }] }),
    ]) {
      expect(answer).toMatchObject({ status: 409, body: { code: 'sale_closed' } });
    }

    const restock = (delta: number, key: string) =>
      call('POST', `/api/admin/products/${product}/restock`, { delta }, key);
    const stock = { total: 5, available: 4, held: 1, sold: 0 };
    expect(await restock(2, 'up')).toMatchObject({ status: 200, body: { stock } });
    expect(await restock(-5, 'far')).toMatchObject({
      status: 409,
      body: { code: 'insufficient_stock' },
    });
    expect(await restock(-4, 'down')).toMatchObject({
      status: 200,
      body: { stock: { total: 1, available: 0, held: 1, sold: 0 } },
    });
    const late = await client.take(sale, await client.token('bob'));
    expect(late).toMatchObject({ status: 409, body: { code: 'sale_closed' } });
  });

  it('a sale whose end is put into the past has ended', async () => {
    const sale = await client.createSale({ startsAt: new Date(Date.now() - 3_600_000) });
    const path = `/api/admin/sales/${sale.id}`;
    const endsAt = new Date(Date.now() - 1_000).toISOString();
    const ended = await call('PATCH', path, { endsAt });
    expect(ended).toMatchObject({ status: 200, body: { phase: 'closed', endsAt } });
    const late = await client.take(sale, await client.token('bob'));
    expect(late).toMatchObject({ status: 409, body: { code: 'sale_closed' } });
  });

  it('takes 100 products and not one more', async () => {
    const product = { name: 'A', amount: 100, currency: 'eur', stock: 1 };
    const products = new Array(100).fill(product);
    const { body: sale } = await call('POST', '/api/admin/sales', { ...newSale, products });
    expect(sale.products).toHaveLength(100);
    const more = await call('POST', `/api/admin/sales/${sale.id}/products`, product);
    expect(more).toMatchObject({ status: 409, body: { code: 'too_many_products' } });
  });
});
