import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../support/client.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

const SHOP = 'https://shop.example';

describe('what browsers are told', () => {
  let system: TestSystem;
  let client: Client;
  beforeAll(async () => {
    system = await startSystem();
    client = new Client(system.url);
  });
  afterAll(() => system.stop());

  it.each([
    ['an answer', 'GET', '/api/sales', 200],
    ['an error', 'POST', '/api/auth/login', 422],
    ['a refusal', 'GET', '/api/me', 401],
    ['an address that does not exist', 'GET', '/nowhere', 404],
    ['what operators read', 'GET', '/metrics', 200],
    ['the description', 'GET', '/openapi.json', 200],
    ['the page that shows it', 'GET', '/docs', 200],
    ['a script of that', 'GET', '/docs/start.js', 200],
  ])('by the headers of %s', async (_, method, path, status) => {
    const body = method === 'POST' ? { body: {} } : {};
    const answer = await client.call(method, path, body);
    expect(answer.status).toBe(status);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'x-request-id': expect.any(String),
    });
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    for (const name of ['x-powered-by', 'server', 'strict-transport-security', 'set-cookie']) {
      expect(answer.headers.has(name), name).toBe(false);
    }
  });

  it('that the page of /docs may load what it links to, and has nothing inline', async () => {
    const { headers, body } = await client.call<string>('GET', '/docs');
    const policy = new Map(
      (headers.get('content-security-policy') ?? '').split('; ').map((directive) => {
        const [name = '', ...sources] = directive.split(' ');
        return [name, sources.join(' ')] as const;
      }),
    );
    expect(Object.fromEntries(policy)).toMatchObject({
      'script-src': "'self'",
      'style-src': "'self'",
      'connect-src': "'self'",
      'img-src': "'self' data:", // in the style sheet
    });
    expect(body).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=/);
    const [api, page] = [await client.call('GET', '/api/sales'), policy.get('default-src')];
    expect(api.headers.get('content-security-policy')).toBe(
      "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(page).toBe("'none'");
  });

  it('that answers for one person are not to be kept', async () => {
    const token = await client.token('ann');
    const email = 'ann@example.org';
    const answers = await Promise.all([
      client.call('GET', '/api/me', { token }),
      client.call('GET', '/api/orders', { token }),
      client.call('GET', '/api/tickets', { token }),
      client.call('GET', '/api/orders/nothing', { token }),
      client.call('POST', '/api/admin/sales', { token, body: {} }),
      client.call('GET', '/api/me', { token: 'nonsense' }),
      client.call('POST', '/api/auth/guest', { body: { email } }),
      client.call('POST', '/api/auth/login', { body: { email, password: 'wrong' } }),
      client.call('POST', '/api/auth/logout', { body: { refreshToken: 'nothing' } }),
    ]);
    for (const { headers } of answers) expect(headers.get('cache-control')).toBe('no-store');
    const open = await client.call('GET', '/api/sales');
    expect(open.headers.has('cache-control')).toBe(false);
  });

  it('nothing of other origins, where none is configured', async () => {
    const headers = { origin: SHOP, 'access-control-request-method': 'GET' };
    for (const method of ['GET', 'OPTIONS']) {
      const answer = await client.call(method, '/api/sales', { headers });
      const names = [...answer.headers.keys()];
      expect(names.filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  it('a request id of their own, where it is short and plain', async () => {
    const idOf = async (id: string) =>
      (await client.call('GET', '/healthz', { headers: { 'x-request-id': id } })).headers.get(
        'x-request-id',
      );
    expect(await idOf('mine-1_A=')).toBe('mine-1_A=');
    expect(await idOf('x'.repeat(64))).toBe('x'.repeat(64));
    for (const odd of ['x'.repeat(65), 'a b', '{"level":60}', 'a\tb', 'caf\u00e9', '<b>', '\\n']) {
      expect(await idOf(odd)).toMatch(/^[\da-f-]{36}$/);
    }
  });
});

describe('pages of other origins', () => {
  let system: TestSystem;
  let client: Client;
  beforeAll(async () => {
    system = await startSystem({ corsOrigins: [SHOP, 'http://localhost:5173'] });
    client = new Client(system.url);
  });
  afterAll(() => system.stop());

  const from = (origin: string, path = '/api/sales', token?: string) =>
    client.call('GET', path, { headers: { origin }, ...(token === undefined ? {} : { token }) });
  const preflight = (origin: string, path: string) =>
    client.call('OPTIONS', path, {
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,idempotency-key',
      },
    });

  it.each([SHOP, 'http://localhost:5173'])(
    'at %s may call, and read what they need',
    async (origin) => {
      const { status, headers } = await from(origin);
      expect(status).toBe(200);
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(headers.get('vary')).toBe('Origin');
      expect(headers.has('access-control-allow-credentials')).toBe(false);
      expect(headers.get('access-control-expose-headers')?.split(',').sort()).toEqual([
        'Location',
        'RateLimit',
        'RateLimit-Policy',
        'Retry-After',
        'X-Request-Id',
      ]);
    },
  );

  it('read errors and answers with a token just as well', async () => {
    for (const token of [undefined, await client.token('ann'), 'nonsense']) {
      const { headers } = await from(SHOP, '/api/orders', token);
      expect(headers.get('access-control-allow-origin')).toBe(SHOP);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('content-type')).toMatch(/^application\/(problem\+)?json$/);
    }
  });

  it.each([
    'https://elsewhere.example',
    'http://shop.example',
    'https://shop.example:444',
    'https://shop.example.evil.example',
    'https://SHOP.example',
    'null',
    '*',
  ])('at %s may not', async (origin) => {
    for (const answer of [await from(origin), await preflight(origin, '/api/orders')]) {
      expect(answer.headers.has('access-control-allow-origin')).toBe(false);
      expect(answer.headers.get('vary')).toContain('Origin');
    }
  });

  it('ask beforehand without a token, also for what needs one', async () => {
    for (const path of ['/api/sales/x/tickets', '/api/admin/sales', '/api/me']) {
      const { status, headers } = await preflight(SHOP, path);
      expect(status).toBe(204);
      expect(headers.get('access-control-allow-origin')).toBe(SHOP);
      expect(headers.get('access-control-allow-methods')).toBe('GET,POST,PUT,PATCH,DELETE');
      expect(headers.get('access-control-allow-headers')).toBe(
        'Authorization,Content-Type,Idempotency-Key,Challenge-Solution',
      );
      expect(headers.get('access-control-max-age')).toBe('7200');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('do not see what is for operators', async () => {
    expect((await from(SHOP, '/metrics')).headers.has('access-control-allow-origin')).toBe(false);
  });
});
