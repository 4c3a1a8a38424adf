import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendRaw } from '../../support/raw-http.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

const HSTS = 'strict-transport-security';

/** What reaches no route, and is answered outside of them. */
const BROKEN = ['no HTTP\r\n\r\n', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'];

describe('browsers use TLS alone', () => {
  let system: TestSystem;
  let https: string;
  let http: string;
  beforeAll(async () => {
    system = await startSystem({ corsOrigins: ['https://other.example'] });
    https = await system.startAnotherApi({ publicUrl: 'https://shop.example' });
    http = await system.startAnotherApi({ publicUrl: 'http://shop.example' });
  });
  afterAll(() => system.stop());

  it.each([
    ['GET', '/api/sales', 200],
    ['GET', '/api/me', 401],
    ['POST', '/api/auth/login', 422],
    ['GET', '/nowhere', 404],
    ['GET', '/docs/start.js', 200],
    ['GET', '/admin/queues', 302],
    ['GET', '/metrics', 200],
    ['GET', '/healthz', 200],
    ['OPTIONS', '/api/sales', 204],
  ])('where PUBLIC_URL is https: %s %s says so', async (method, path, status) => {
    const body = method === 'POST' ? { body: '{}' } : {};
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${https}${path}`, { method, headers, redirect: 'manual', ...body });
    expect(answer.status).toBe(status);
    expect(answer.headers.get(HSTS)).toBe('max-age=31536000; includeSubDomains');
  });

  it.each(BROKEN)('what reaches no route is told so too: %j', async (bytes) => {
    const [answer] = await sendRaw(https, bytes);
    expect(answer?.status).toBe(400);
    expect(answer?.headers.get(HSTS)).toBe('max-age=31536000; includeSubDomains');
    const [plain] = await sendRaw(http, bytes);
    expect([plain?.status, plain?.headers.has(HSTS)]).toEqual([400, false]);
  });

  it('nowhere else, whatever a proxy says of how a request came', async () => {
    for (const url of [http, system.url]) {
      const headers = { 'x-forwarded-proto': 'https', forwarded: 'proto=https' };
      const answer = await fetch(`${url}/api/sales`, { headers });
      expect([answer.status, answer.headers.has(HSTS)]).toEqual([200, false]);
    }
  });
});
