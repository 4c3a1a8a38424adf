import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../support/client.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

describe('what operators see', () => {
  let system: TestSystem;
  let client: Client;
  beforeAll(async () => {
    system = await startSystem();
    client = new Client(system.url);
  });
  afterAll(() => system.stop());

  it('liveness, and readiness with or without workers', async () => {
    expect(await client.call('GET', '/healthz')).toMatchObject({
      status: 200,
      body: { status: 'ok' },
    });
    const ready = { status: 'ready', redis: 'up', postgres: 'up' };
    expect(await client.call('GET', '/readyz')).toMatchObject({
      status: 200,
      body: { ...ready, workers: 0 },
    });
    system.startWorker();
    await expect
      .poll(async () => (await client.call('GET', '/readyz')).body)
      .toEqual({ ...ready, workers: 1 });
  });

  it('metrics of what was accepted, decided and given back', async () => {
    const sale = await client.createSale({ stock: 1 });
    const token = await client.token('ann');
    const { ticketId } = await client.buy(sale, token);
    await client.buy(sale, await client.token('bob'));
    await client.call('DELETE', `/api/tickets/${ticketId}`, { token });
    await client.call('GET', '/api/sales/nowhere');

    const { status, headers, body } = await client.call<string>('GET', '/metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/plain');
    const lines = body.split('\n');
    for (const line of [
      'fairline_tickets_accepted_total 2',
      'fairline_requests_refused_total{code="sale_not_found"} 1',
      'fairline_batch_tickets_count 2',
      'fairline_accept_seconds_count 2',
      'fairline_tickets_decided_total{outcome="held"} 1',
      'fairline_tickets_decided_total{outcome="sold_out"} 1',
      'fairline_tickets_decided_total{outcome="rejected_duplicate"} 0',
      'fairline_holds_ended_total{cause="cancelled"} 1',
      'fairline_holds_ended_total{cause="expired"} 0',
      'fairline_line_depth_tickets{shard="0"} 0',
      'fairline_line_depth_batches{shard="0"} 0',
      'fairline_journal_lag_entries{shard="0"} 0',
      'fairline_public_logs_uncosigned 0',
      'fairline_public_logs_anew 0',
      'fairline_messages{kind="mail",state="waiting"} 0',
      'fairline_workers 1',
    ]) {
      expect(lines).toContain(line);
    }
    const names = lines.filter((line) => line !== '' && !line.startsWith('#'));
    expect(names.every((line) => line.startsWith('fairline_'))).toBe(true);
  });

  it('metrics that all who ask at once share', async () => {
    const first = await client.call<string>('GET', '/metrics');
    await client.call('GET', '/api/sales/nowhere'); // its count has changed
    const answers = await Promise.all([1, 2, 3].map(() => client.call<string>('GET', '/metrics')));
    for (const { body } of answers) expect(body).toBe(first.body);
  });

  it('a description of every route, and a page that shows it from here alone', async () => {
    const { body } = await client.call<{ openapi: string; paths: Record<string, object> }>(
      'GET',
      '/openapi.json',
    );
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.paths).sort()).toEqual([
      '/.well-known/fairline-log-key',
      '/api/admin/actions',
      '/api/admin/deliveries/{deliveryId}/redeliver',
      '/api/admin/metrics',
      '/api/admin/orders/{orderId}/contact',
      '/api/admin/orders/{orderId}/refund',
      '/api/admin/products/{productId}/restock',
      '/api/admin/queues/session',
      '/api/admin/sales',
      '/api/admin/sales/{saleId}',
      '/api/admin/sales/{saleId}/close',
      '/api/admin/sales/{saleId}/metrics',
      '/api/admin/sales/{saleId}/orders',
      '/api/admin/sales/{saleId}/orders.csv',
      '/api/admin/sales/{saleId}/orders.jsonl',
      '/api/admin/sales/{saleId}/products',
      '/api/admin/sales/{saleId}/webhooks',
      '/api/admin/webhooks/{webhookId}',
      '/api/admin/webhooks/{webhookId}/deliveries',
      '/api/auth/guest',
      '/api/auth/login',
      '/api/auth/logout',
      '/api/auth/refresh',
      '/api/auth/register',
      '/api/config',
      '/api/me',
      '/api/orders',
      '/api/orders/{orderId}',
      '/api/orders/{orderId}/access',
      '/api/orders/{orderId}/cancel',
      '/api/orders/{orderId}/confirm',
      '/api/orders/{orderId}/payment',
      '/api/sales',
      '/api/sales/{saleId}',
      '/api/sales/{saleId}/cart',
      '/api/sales/{saleId}/cart/checkout',
      '/api/sales/{saleId}/cart/items/{productId}',
      '/api/sales/{saleId}/challenge',
      '/api/sales/{saleId}/events',
      '/api/sales/{saleId}/log/checkpoint',
      '/api/sales/{saleId}/log/tile/{path}',
      '/api/sales/{saleId}/proof',
      '/api/sales/{saleId}/tickets',
      '/api/tickets',
      '/api/tickets/{ticketId}',
      '/api/tickets/{ticketId}/receipt',
      '/api/webhooks/stripe',
      '/healthz',
      '/metrics',
      '/readyz',
    ]);
    const page = await client.call<string>('GET', '/docs');
    expect(page.status).toBe(200);
    const links = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(links.length).toBeGreaterThan(2);
    for (const link of links) {
      expect(link).toMatch(/^\/docs\//);
      expect((await client.call('GET', link)).status).toBe(200);
    }
  });

  it('the request id that the client sent', async () => {
    const answer = await client.call('GET', '/api/nothing', {
      headers: { 'x-request-id': 'mine-1' },
    });
    expect(answer.headers.get('x-request-id')).toBe('mine-1');
    expect(answer.body).toMatchObject({ requestId: 'mine-1' });
  });

  it('every error code in docs/errors.md, with its status', async () => {
    const { ERRORS } = await import('../../../src/domain/errors.ts');
    const text = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm)].map(([, code, status]) => [
      code,
      Number(status),
    ]);
    const codes = Object.entries(ERRORS).map(([code, { status }]) => [code, status]);
    expect(rows.sort()).toEqual(codes.sort());
  });
});

describe('metrics behind a token', () => {
  let system: TestSystem;
  let client: Client;
  beforeAll(async () => {
    system = await startSystem({ metricsToken: 'for-prometheus' });
    client = new Client(system.url);
  });
  afterAll(() => system.stop());

  it.each([
    ['none', {}],
    ['another one', { authorization: 'Bearer for-prometheus2' }],
    ['it in another scheme', { authorization: 'Basic for-prometheus' }],
  ])('are not for who brings %s', async (_, headers) => {
    const answer = await client.call('GET', '/metrics', { headers });
    expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('are not for an admin either, whose token is another', async () => {
    const token = await client.token('seller', 'admin');
    expect((await client.call('GET', '/metrics', { token })).status).toBe(401);
  });

  it('are for who brings it, and kept by no cache', async () => {
    const answer = await client.call<string>('GET', '/metrics', { token: 'for-prometheus' });
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('fairline_tickets_accepted_total 0');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});
