import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApiServer } from '../../../src/api/http/server.ts';
import type { TicketView } from '../../../src/api/schemas/ticket.ts';
import { Client } from '../../support/client.ts';
import { silent } from '../../support/database.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

type Fetch = TestSystem['fetch'];

/**
 * Whether the adapter writes an answer as it is. It keeps status, body and headers under a symbol
 * until somebody asks for them; asking makes it build undici's objects.
 */
function isWhole(response: Response): boolean {
  const kept = Object.getOwnPropertySymbols(response).find(({ description }) => {
    return description === 'cache';
  });
  const [, , headers] = kept === undefined ? [] : Reflect.get(response, kept);
  return headers !== undefined && !(headers instanceof Headers) && !Array.isArray(headers);
}

describe('every answer is made whole', () => {
  const seen: { path: string; status: number; whole: boolean }[] = [];
  const servers: ReturnType<typeof createApiServer>[] = [];
  let system: TestSystem;
  beforeAll(async () => {
    system = await startSystem({ limits: {}, corsOrigins: ['https://shop.example'] });
    system.startWorker();
  });
  afterAll(async () => {
    for (const server of servers) server.closeAllConnections();
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    await system.stop();
  });
  beforeEach(() => seen.splice(0));

  /** Serves an app, and looks at its answers before the adapter does. */
  async function serve(fetch: Fetch): Promise<Client> {
    const server = createApiServer(async (request, env) => {
      const response = await fetch(request, env);
      if (!(response instanceof Response)) throw new Error('no answer');
      const { pathname } = new URL(request.url);
      seen.push({ path: pathname, whole: isWhole(response), status: response.status });
      return response;
    }, silent).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return new Client(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  it('of routes, of errors, of pages and of those to other origins', async () => {
    const client = await serve(system.fetch);
    const sale = await client.createSale({ stock: 1 });
    const token = await client.token('ann');
    const { ticketId } = (await client.take(sale, token)).body;
    await client.poll(ticketId, token);
    const { headers } = await client.call('GET', `/api/sales/${sale.id}`);
    const tag = headers.get('etag') ?? '';
    await client.call('GET', `/api/sales/${sale.id}`, { headers: { 'if-none-match': tag } });
    await client.call('GET', '/api/sales', { headers: { origin: 'https://shop.example' } });
    await client.call('OPTIONS', '/api/sales', { headers: { origin: 'https://shop.example' } });
    await client.call('POST', '/api/auth/guest', { body: { email: 'ann@example.org' } });
    await client.call('POST', '/api/auth/guest', { body: {} });
    await client.call('GET', '/api/me');
    await client.call('GET', '/api/admin/sales/nothing/orders', { token });
    for (const path of ['/healthz', '/readyz', '/metrics', '/docs', '/docs/start.js', '/nowhere'])
      await client.call('GET', path);
    const statuses = new Set(seen.map(({ status }) => status));
    expect([...statuses].toSorted()).toEqual([200, 201, 202, 204, 304, 401, 403, 404, 422]);
    expect(seen.filter(({ whole }) => !whole)).toEqual([]);
  });

  it('of polls of every kind', async () => {
    const client = await serve(system.fetch);
    const sale = await client.createSale({ stock: 1 });
    const polled: string[] = [];
    for (const buyer of ['first', 'second']) {
      const token = await client.token(buyer);
      const { ticketId } = (await client.take(sale, token)).body;
      await client.poll(ticketId, token);
      for (let again = 0; again < 2; again++) {
        const path = `/api/tickets/${ticketId}`;
        polled.push((await client.call<TicketView>('GET', path, { token })).body.status);
      }
    }
    expect(polled).toEqual(['held', 'held', 'sold_out', 'sold_out']);
    expect(seen.filter(({ whole }) => !whole)).toEqual([]);
  });

  it('which a header set after the answer is made would undo (control)', async () => {
    const app = new Hono().use(secureHeaders()).get('/late', (c) => c.json({}));
    app.get('/whole', () => new Response('{}', { headers: { 'content-type': 'text/plain' } }));
    const bare = new Hono().get('/whole', () => new Response('{}', { headers: { a: 'b' } }));
    await (await serve(app.fetch)).call('GET', '/late');
    await (await serve(bare.fetch)).call('GET', '/whole');
    expect(seen.map(({ whole }) => whole)).toEqual([false, true]);
  });

  it('by one function', () => {
    const makers = /\bc\.(json|body|text|html|redirect|header|newResponse)\(|\bnew Response\(/;
    const files = readdirSync('src/api', { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join('src/api', name))
      .filter((file) => makers.test(readFileSync(file, 'utf8')));
    // server.ts answers what does not reach a route.
    expect(files.toSorted()).toEqual(['src/api/http/answer.ts', 'src/api/http/server.ts']);
  });
});
