import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SaleView } from '../../../src/api/schemas/sale.ts';
import { ERRORS, type ErrorCode } from '../../../src/domain/errors.ts';
import { type CallOptions, Client, type Problem } from '../../support/client.ts';
import { SECRET, startSystem, type TestSystem } from '../../support/system.ts';

describe('refusals', () => {
  let system: TestSystem;
  let client: Client;
  let sale: SaleView;
  let token: string;
  let admin: string;
  beforeAll(async () => {
    system = await startSystem();
    system.startWorker();
    client = new Client(system.url);
    sale = await client.createSale({ products: [{ stock: 5 }, { stock: 5 }], perBuyerLimit: 3 });
    token = await client.token('ann');
    admin = await client.token('seller', 'admin');
  });
  afterAll(() => system.stop());

  /** Expects the problem of a code, in full. */
  async function refused(code: ErrorCode, method: string, path: string, options: CallOptions = {}) {
    const { status, headers, body } = await client.call<Problem>(method, path, options);
    const kind = ERRORS[code];
    expect(body, path).toMatchObject({ code });
    expect(status).toBe(kind.status);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body).toMatchObject({
      type: `urn:fairline:error:${code}`,
      title: kind.title,
      status: kind.status,
      requestId: headers.get('x-request-id'),
    });
    expect(body.detail).not.toBe('');
    if (kind.status === 503) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    return body;
  }

  const ticketsOf = (id: string) => `/api/sales/${id}/tickets`;
  const one = () => ({ items: [{ productId: sale.products[0]?.id, quantity: 1 }] });
  const items = (...list: unknown[]) => ({ items: list });
  const item = (quantity: unknown, index = 0) => ({
    productId: sale.products[index]?.id,
    quantity,
  });

  describe('of a ticket request', () => {
    it('for a sale that is unknown, upcoming, over or closed', async () => {
      const body = one();
      await refused('sale_not_found', 'POST', ticketsOf('nowhere'), { token, body });
      const soon = await client.createSale({ startsAt: new Date(Date.now() + 60_000) });
      const wish = { items: [{ productId: soon.products[0]?.id, quantity: 1 }] };
      await refused('sale_not_open', 'POST', ticketsOf(soon.id), { token, body: wish });
      const early = await client.call('POST', ticketsOf(soon.id), { token, body: wish });
      expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(50);
      const over = await client.createSale({ endsAt: new Date(Date.now() - 1_000) });
      const late = { items: [{ productId: over.products[0]?.id, quantity: 1 }] };
      await refused('sale_closed', 'POST', ticketsOf(over.id), { token, body: late });
      const shut = await client.createSale();
      const path = `/api/admin/sales/${shut.id}/close`;
      const closed = await client.call('POST', path, { token: admin });
      expect(closed).toMatchObject({ status: 200, body: { phase: 'closed' } });
      expect((await client.call('POST', path, { token: admin })).status).toBe(200);
      const gone = { items: [{ productId: shut.products[0]?.id, quantity: 1 }] };
      await refused('sale_closed', 'POST', ticketsOf(shut.id), { token, body: gone });
    });

    it('for a product that the sale does not have', async () => {
      const other = await client.createSale();
      for (const productId of [other.products[0]?.id, 'nothing', '__proto__']) {
        const body = { items: [{ productId, quantity: 1 }] };
        await refused('unknown_product', 'POST', ticketsOf(sale.id), { token, body });
      }
    });

    it.each([0, -1, 1.5, '1', null, 1e9, Number.MAX_VALUE])(
      'for the quantity %s',
      async (quantity) => {
        const body = items(item(quantity));
        await refused('invalid_quantity', 'POST', ticketsOf(sale.id), { token, body });
      },
    );

    it('for more than a buyer may have in all', async () => {
      const body = items(item(2), item(2, 1));
      const { detail } = await refused('invalid_quantity', 'POST', ticketsOf(sale.id), {
        token,
        body,
      });
      expect(detail).toContain('at most 3');
    });

    it('for more than Stripe charges at once, however the units are asked for', async () => {
      const dear = await client.createSale({
        products: [
          { stock: 9, amount: 60_000_000 },
          { stock: 9, amount: 500_000_000_000, currency: 'idr' },
        ],
        perBuyerLimit: 9,
      });
      const [euros, rupiahs] = dear.products.map(({ id }) => id);
      const two = { items: [{ productId: euros, quantity: 2 }] };
      const { detail } = await refused('invalid_quantity', 'POST', ticketsOf(dear.id), {
        ...{ token, body: two },
      });
      expect(detail).toContain('up to €999,999.99');
      const cart = `/api/sales/${dear.id}/cart/items/${euros}`;
      await refused('invalid_quantity', 'PUT', cart, { token, body: { quantity: 2 } });
      const held = await client.buy(dear, await client.token('rich'), { quantities: [0, 1] });
      expect(held).toMatchObject({ status: 'held', order: { amount: 500_000_000_000 } });
      const three = { items: [{ productId: rupiahs, quantity: 3 }] };
      await refused('invalid_quantity', 'POST', ticketsOf(dear.id), { token, body: three });
    });

    it('for several currencies in one ticket', async () => {
      const product = { name: 'In dollars', amount: 500, currency: 'usd', stock: 5 };
      const mixed = await client.createSale();
      const path = `/api/admin/sales/${mixed.id}/products`;
      const added = await client.call<{ id: string }>('POST', path, {
        token: admin,
        body: product,
      });
      expect(added.status).toBe(201);
      const body = {
        items: [mixed.products[0]?.id, added.body.id].map((productId) => ({
          productId,
          quantity: 1,
        })),
      };
      await refused('mixed_currencies', 'POST', ticketsOf(mixed.id), { token, body });
    });

    it.each([
      ['no items', {}],
      ['an empty list', { items: [] }],
      ['an unknown field', { items: [], price: 1 }],
      ['no object', []],
      ['nothing', null],
      ['a list of numbers', { items: [1] }],
    ])('for %s', async (_, body) => {
      await refused('validation_failed', 'POST', ticketsOf(sale.id), { token, body });
    });

    it('for an unknown field of an item, and a product named twice', async () => {
      const extra = items({ ...item(1), price: 1 });
      await refused('validation_failed', 'POST', ticketsOf(sale.id), { token, body: extra });
      const twice = items(item(1), item(1));
      await refused('validation_failed', 'POST', ticketsOf(sale.id), { token, body: twice });
    });

    it('for a body that is not JSON, not said to be JSON, missing or too large', async () => {
      const path = ticketsOf(sale.id);
      await refused('malformed_json', 'POST', path, { token, body: '{"items":' });
      const headers = { 'content-type': 'text/plain' };
      await refused('unsupported_media_type', 'POST', path, {
        token,
        body: JSON.stringify(one()),
        headers,
      });
      const answer = await client.call<Problem>('POST', path, { token });
      expect([400, 422]).toContain(answer.status);
      const large = items({ productId: 'x'.repeat(100_000), quantity: 1 });
      await refused('body_too_large', 'POST', path, { token, body: large });
      await refused('unauthenticated', 'POST', path, { body: large });
      const streamed = await fetch(`${system.url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: new Blob([JSON.stringify(large)]).stream(), // sent in chunks: it says no length
        duplex: 'half',
      });
      expect(streamed.status).toBe(413);
    });

    it.each([
      ['compressed', { 'content-encoding': 'gzip' }],
      ['said to be compressed twice', { 'content-encoding': 'identity, br' }],
      ['UTF-16', { 'content-type': 'application/json; charset=utf-16le' }],
      ['Latin-1', { 'content-type': 'application/json;charset="iso-8859-1"' }],
      ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
      ['in parts', { 'content-type': 'multipart/form-data; boundary=x' }],
      ['nothing in particular', { 'content-type': '' }],
    ])('for a body that is %s', async (_, headers) => {
      const options = { token, body: one(), headers };
      await refused('unsupported_media_type', 'POST', ticketsOf(sale.id), options);
    });

    it('but not where a route takes none: what comes there is passed over', async () => {
      const headers = { 'content-encoding': 'gzip' };
      const path = `/api/sales/${sale.id}/cart`;
      const answer = await client.call('DELETE', path, { token, body: one(), headers });
      expect(answer).toMatchObject({ status: 200, body: { items: [] } });
    });

    it.each([
      ['nested deeply', '['.repeat(30_000) + ']'.repeat(30_000)],
      ['nested deeply in a field', `{"items":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`],
      ['about a prototype', '{"items":[],"__proto__":{"role":"admin"}}'],
      ['about a constructor', '{"items":[],"constructor":{"prototype":{"role":"admin"}}}'],
    ])('for a body that is %s', async (_, body) => {
      await refused('validation_failed', 'POST', ticketsOf(sale.id), { token, body });
      expect(Object.hasOwn(Object.prototype, 'role')).toBe(false);
    });

    it('for an item that is about a prototype', async () => {
      const { productId } = item(1);
      const body = `{"items":[{"productId":"${productId}","quantity":1,"__proto__":{"a":1}}]}`;
      await refused('validation_failed', 'POST', ticketsOf(sale.id), { token, body });
    });

    it.each(['', 'x'.repeat(256), 'caf\u00e9'])('for the Idempotency-Key "%s"', async (key) => {
      const headers = { 'idempotency-key': key };
      const options = { token, body: one(), headers };
      await refused('invalid_idempotency_key', 'POST', ticketsOf(sale.id), options);
    });
  });

  describe('of a token', () => {
    const claims = { iss: 'fairline', aud: 'fairline-api', sub: 'ann', role: 'buyer' };
    const sign = (
      changed: Record<string, unknown>,
      options: { secret?: string; typ?: string; expires?: string | number } = {},
    ) => {
      const { secret = SECRET, typ = 'at+jwt', expires = '1 hour' } = options;
      const jwt = new SignJWT({ ...claims, ...changed }).setProtectedHeader({ alg: 'HS256', typ });
      return jwt.setExpirationTime(expires).sign(new TextEncoder().encode(secret));
    };
    const payload = btoa(JSON.stringify({ ...claims, exp: 9e9 }));
    const none = `${btoa('{"alg":"none","typ":"at+jwt"}')}.${payload}.`;

    it.each([
      ['no token', async () => undefined],
      ['no token at all', async () => ''],
      ['nonsense', async () => 'nonsense'],
      ['alg none', async () => none.replaceAll('=', '')],
      ['a foreign secret', () => sign({}, { secret: 'another secret that is long enough too' })],
      ['an expired one', () => sign({}, { expires: 1_000 })],
      ['another type', () => sign({}, { typ: 'JWT' })],
      ['another issuer', () => sign({ iss: 'elsewhere' })],
      ['another audience', () => sign({ aud: 'elsewhere' })],
      ['no subject', () => sign({ sub: '' })],
      ['a subject that is no string', () => sign({ sub: ['ann'] })],
      ['a subject of nothing', () => sign({ sub: null })],
      ['a subject that no table keeps', () => sign({ sub: 'a\0b' })],
      ['half a character as subject', () => sign({ sub: 'a\ud800' })],
      ['an unknown role', () => sign({ role: 'owner' })],
    ])('%s gets 401 before anything is validated', async (_, make) => {
      const bad = await make();
      const options = { body: { nonsense: true }, ...(bad === undefined ? {} : { token: bad }) };
      await refused('unauthenticated', 'POST', ticketsOf('nowhere'), options);
      await refused(
        'unauthenticated',
        'GET',
        '/api/orders',
        bad === undefined ? {} : { token: bad },
      );
      await refused('unauthenticated', 'POST', '/api/admin/sales', options);
    });

    it('of a buyer opens no admin route, whatever is sent', async () => {
      const body = { nonsense: true };
      for (const [method, path] of [
        ['POST', '/api/admin/sales'],
        ['PATCH', `/api/admin/sales/${sale.id}`],
        ['POST', `/api/admin/sales/${sale.id}/close`],
        ['POST', `/api/admin/sales/${sale.id}/products`],
        ['POST', `/api/admin/products/${sale.products[0]?.id}/restock`],
      ] as const) {
        await refused('forbidden', method, path, { token, body });
      }
    });
  });

  describe("of what is another buyer's", () => {
    it('ticket and order', async () => {
      const mine = await client.buy(sale, token);
      const other = await client.token('bob');
      for (const [method, path] of [
        ['GET', `/api/tickets/${mine.ticketId}`],
        ['DELETE', `/api/tickets/${mine.ticketId}`],
      ] as const) {
        await refused('ticket_not_found', method, path, { token: other });
      }
      await refused('order_not_found', 'GET', `/api/orders/${mine.order?.id}`, { token: other });
      const path = `/api/orders/${mine.order?.id}/cancel`;
      await refused('order_not_found', 'POST', path, { token: other });
      expect(await client.orders(other)).toEqual([]);
    });

    it('a forged ticket id', async () => {
      const { ticketId } = await client.buy(await client.createSale(), token);
      const flipped = (ticketId.startsWith('A') ? 'B' : 'A') + ticketId.slice(1);
      for (const forged of [flipped, ticketId.slice(1), `${ticketId}A`, 'x', '%00', '..', '😀']) {
        const path = `/api/tickets/${encodeURIComponent(forged)}`;
        const code = forged === '..' ? 'not_found' : 'ticket_not_found';
        await refused(code, 'GET', path, { token });
      }
    });
  });

  it('of an address that does not exist, and of bad queries', async () => {
    await refused('not_found', 'GET', '/api/nothing');
    await refused('sale_not_found', 'GET', '/api/sales/nothing');
    await refused('sale_not_found', 'GET', '/api/sales/%00');
    await refused('validation_failed', 'GET', '/api/tickets?saleId=%00', { token });
    const { ticketId } = await client.buy(await client.createSale(), token);
    for (const wait of ['26', '-1', 'soon', '1&wait=1']) {
      const path = `/api/tickets/${ticketId}?wait=${wait}`;
      await refused('validation_failed', 'GET', path, { token });
    }
    await refused('validation_failed', 'GET', '/api/orders?status=nothing', { token });
    for (const cursor of ['nothing', 'Infinity', '1e400', '99999999999999999999', '-1']) {
      await refused('validation_failed', 'GET', `/api/tickets?cursor=${cursor}`, { token });
    }
  });

  it('of a full line: 503 with Retry-After, and nothing is taken', async () => {
    const small = await startSystem({ maxWaiting: 2 });
    const there = new Client(small.url);
    const full = await there.createSale();
    const waiting = [];
    for (const name of ['ann', 'bob']) {
      const taken = await there.take(full, await there.token(name));
      expect(taken.status).toBe(202);
      waiting.push({ ticketId: taken.body.ticketId, token: await there.token(name) });
    }
    const third = await there.take(full, token);
    expect(third).toMatchObject({ status: 503, body: { code: 'line_full' } });
    expect(third.headers.get('retry-after')).toBe('5');
    small.startWorker();
    for (const { ticketId, token: buyer } of waiting) {
      expect((await there.poll(ticketId, buyer)).status).toBe('held');
    }
    expect(await there.buy(full, await there.token('cid'))).toMatchObject({
      status: 'held',
      lineNumber: 3,
    });
    await small.stop();
  });
});
