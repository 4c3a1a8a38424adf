import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionView } from '../../../src/api/schemas/auth.ts';
import type { SaleView } from '../../../src/api/schemas/sale.ts';
import type { Problem } from '../../support/client.ts';
import { type Operation, readOperations } from '../../support/openapi.ts';
import { Payer, type PaymentSystem, startPaymentSystem } from '../../support/payments.ts';

/**
 * Who may use each route: anybody; any token's owner, who sees only their own (`self`); the buyer
 * whose thing the address names, which is not there for others (`owner`); admins. A new route has
 * to be put here.
 */
const ROUTES: Record<string, 'anybody' | 'self' | 'owner' | 'admin'> = {
  'GET /api/admin/actions': 'admin',
  'GET /api/admin/metrics': 'admin',
  'PUT /api/admin/orders/{orderId}/contact': 'admin',
  'POST /api/admin/orders/{orderId}/refund': 'admin',
  'POST /api/admin/deliveries/{deliveryId}/redeliver': 'admin',
  'POST /api/admin/products/{productId}/restock': 'admin',
  'POST /api/admin/queues/session': 'admin',
  'POST /api/admin/sales': 'admin',
  'PATCH /api/admin/sales/{saleId}': 'admin',
  'POST /api/admin/sales/{saleId}/close': 'admin',
  'GET /api/admin/sales/{saleId}/metrics': 'admin',
  'GET /api/admin/sales/{saleId}/orders': 'admin',
  'GET /api/admin/sales/{saleId}/orders.csv': 'admin',
  'GET /api/admin/sales/{saleId}/orders.jsonl': 'admin',
  'POST /api/admin/sales/{saleId}/products': 'admin',
  'GET /api/admin/sales/{saleId}/webhooks': 'admin',
  'POST /api/admin/sales/{saleId}/webhooks': 'admin',
  'DELETE /api/admin/webhooks/{webhookId}': 'admin',
  'GET /api/admin/webhooks/{webhookId}/deliveries': 'admin',
  'POST /api/auth/guest': 'anybody',
  'POST /api/auth/login': 'anybody',
  'POST /api/auth/logout': 'anybody',
  'POST /api/auth/refresh': 'anybody',
  'POST /api/auth/register': 'anybody',
  'GET /api/config': 'anybody',
  'GET /api/me': 'self',
  'GET /api/orders': 'self',
  'GET /api/orders/{orderId}': 'owner',
  'POST /api/orders/{orderId}/access': 'anybody',
  'POST /api/orders/{orderId}/cancel': 'owner',
  'POST /api/orders/{orderId}/confirm': 'owner',
  'POST /api/orders/{orderId}/payment': 'owner',
  'GET /api/sales': 'anybody',
  'GET /api/sales/{saleId}': 'anybody',
  'GET /api/sales/{saleId}/events': 'anybody',
  'GET /api/sales/{saleId}/proof': 'anybody',
  'GET /api/sales/{saleId}/log/checkpoint': 'anybody',
  'GET /api/sales/{saleId}/log/tile/{path}': 'anybody',
  'GET /.well-known/fairline-log-key': 'anybody',
  'GET /api/tickets/{ticketId}/receipt': 'owner',
  'GET /api/sales/{saleId}/cart': 'self',
  'POST /api/sales/{saleId}/challenge': 'self',
  'DELETE /api/sales/{saleId}/cart': 'self',
  'POST /api/sales/{saleId}/cart/checkout': 'self',
  'DELETE /api/sales/{saleId}/cart/items/{productId}': 'self',
  'PUT /api/sales/{saleId}/cart/items/{productId}': 'self',
  'POST /api/sales/{saleId}/tickets': 'self',
  'GET /api/tickets': 'self',
  'GET /api/tickets/{ticketId}': 'owner',
  'DELETE /api/tickets/{ticketId}': 'owner',
  'POST /api/webhooks/stripe': 'anybody',
  'GET /healthz': 'anybody',
  'GET /metrics': 'anybody',
  'GET /readyz': 'anybody',
};

describe('every route', () => {
  let system: PaymentSystem;
  let client: Payer;
  let operations: Operation[];
  let sale: SaleView;
  beforeAll(async () => {
    system = await startPaymentSystem();
    system.startWorker();
    client = new Payer(system);
    operations = await readOperations(client);
    sale = await client.createSale({ stock: 10 });
  });
  afterAll(() => system.stop());

  const nameOf = ({ method, path }: Operation) => `${method} ${path}`;
  const routesFor = (...whom: string[]) =>
    operations.filter((one) => whom.includes(ROUTES[nameOf(one)] ?? ''));
  const fill = (path: string, ids: Readonly<Record<string, string>>) =>
    path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? 'x');
  const answerOf = async (operation: Operation, ids: Record<string, string>, options: object) => {
    const path = fill(operation.path, ids);
    const { status, body } = await client.call<Problem>(operation.method, path, options);
    return { name: nameOf(operation), status, body };
  };

  it('is in the table, and asks for a token unless it is for anybody', () => {
    expect(operations.map(nameOf).sort()).toEqual(Object.keys(ROUTES).sort());
    const open = operations.filter(({ needsToken }) => !needsToken);
    expect(open.map(nameOf).sort()).toEqual(routesFor('anybody').map(nameOf).sort());
    expect(routesFor('admin').every(({ path }) => path.startsWith('/api/admin/'))).toBe(true);
  });

  it.each([
    ['broken JSON', '{', 'application/json'],
    ['another type', 'x', 'text/xml'],
    ['a body that is too large', 'x'.repeat(70_000), 'application/json'],
    ['a compressed body', 'x', 'application/json'],
  ])('refuses the person before it looks at %s', async (what, text, type) => {
    const headers = {
      ...{ 'content-type': type, 'idempotency-key': 'x'.repeat(300) },
      ...(what.startsWith('a compressed') ? { 'content-encoding': 'gzip' } : {}),
    };
    const token = await client.token('ann');
    for (const operation of routesFor('self', 'owner', 'admin')) {
      const body = operation.method === 'GET' ? {} : { body: text };
      const stranger = await answerOf(operation, {}, { headers, ...body });
      expect([stranger.name, stranger.body.code]).toEqual([stranger.name, 'unauthenticated']);
      if (ROUTES[stranger.name] !== 'admin') continue;
      const buyer = await answerOf(operation, {}, { headers, token, ...body });
      expect([buyer.name, buyer.body.code]).toEqual([buyer.name, 'forbidden']);
    }
  });

  it("shows another buyer's things to nobody: as if they were not there", async () => {
    const { token, orderId, ticketId } = await client.hold(sale);
    const others = [await client.token('eve'), await client.token('seller', 'admin')];
    for (const operation of routesFor('owner')) {
      for (const other of others) {
        const foreign = await answerOf(operation, { orderId, ticketId }, { token: other });
        const missing = await answerOf(
          operation,
          { orderId: crypto.randomUUID(), ticketId: 'x'.repeat(ticketId.length) },
          { token: other },
        );
        expect([foreign.name, foreign.status]).toEqual([foreign.name, 404]);
        const { requestId: _, ...shown } = foreign.body;
        expect({ ...missing.body, requestId: undefined }).toEqual({
          ...shown,
          requestId: undefined,
        });
      }
    }
    expect((await client.order({ token, orderId })).status).toBe('held');
    for (const other of others) {
      for (const path of ['/api/orders', '/api/tickets', `/api/orders?saleId=${sale.id}`]) {
        expect((await client.call('GET', path, { token: other })).body).toEqual({ items: [] });
      }
    }
    for (const operation of routesFor('owner').filter(({ method }) => method === 'GET')) {
      expect(await answerOf(operation, { orderId, ticketId }, { token })).toMatchObject({
        status: 200,
      });
    }
  });

  it('with a body takes no field that it does not know', async () => {
    const admin = await client.token('seller', 'admin');
    const { orderId } = await client.hold(sale);
    const ids = { saleId: sale.id, productId: sale.products[0]?.id ?? '', orderId };
    // Stripe's requests are authenticated by their signature.
    const withBody = operations.filter(
      ({ body, path }) => body !== undefined && !path.startsWith('/api/webhooks/'),
    );
    expect(withBody.length).toBeGreaterThanOrEqual(11);
    for (const operation of withBody) {
      for (const field of ['id', 'role', 'admin', 'buyerId', 'status', '__proto__']) {
        const options = {
          token: admin,
          headers: { 'idempotency-key': crypto.randomUUID() },
          body: `{"${field}":"admin"}`,
        };
        const { name, status, body } = await answerOf(operation, ids, options);
        expect([name, field, status]).toEqual([name, field, 422]);
        const messages = body.errors?.map(({ message }) => message).join() ?? '';
        expect(messages, name).toContain(`"${field}"`);
      }
    }
  });

  it('makes a buyer of whoever registers, whatever else is asked for', async () => {
    const email = 'climber@example.org';
    const wish = { email, password: 'correct horse' };
    for (const more of [{ role: 'admin' }, { id: 'seller' }, { user: { role: 'admin' } }]) {
      for (const [path, body] of [
        ['register', { ...wish, ...more }],
        ['guest', { email, ...more }],
      ] as const) {
        expect((await client.call('POST', `/api/auth/${path}`, { body })).status).toBe(422);
      }
    }
    const { body } = await client.call<SessionView>('POST', '/api/auth/register', { body: wish });
    expect(body.user.role).toBe('buyer');
    const token = body.accessToken;
    expect((await client.call('GET', '/api/admin/metrics', { token })).status).toBe(403);
  });

  it('keeps no half characters in words: Redis and Postgres would differ', async () => {
    const admin = await client.token('seller', 'admin');
    for (const body of [
      '{"name":"a\\ud800"}',
      '{"description":"\\udc00"}',
      '{"name":"a\\u0000"}',
    ]) {
      const answer = await client.call('PATCH', `/api/admin/sales/${sale.id}`, {
        token: admin,
        body,
      });
      expect(answer.status).toBe(422);
    }
    const named = await client.call('PATCH', `/api/admin/sales/${sale.id}`, {
      token: admin,
      body: { name: 'Sale 😀' },
    });
    expect(named).toMatchObject({ status: 200, body: { name: 'Sale 😀' } });
  });
});
