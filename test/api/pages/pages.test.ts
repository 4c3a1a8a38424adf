import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PAGE_PATHS } from '../../../src/api/pages/api-paths.ts';
import { pagePayments } from '../../../src/api/pages/page-payments.ts';
import { Client } from '../../support/client.ts';
import { startPaymentSystem } from '../../support/payments.ts';
import { sendRaw } from '../../support/raw-http.ts';
import { startSystem } from '../../support/system.ts';
import { makeTempDir } from '../../support/temp-dir.ts';

const INDEX = '<!doctype html><title>Fairline</title><script src="/assets/a-1b2c.js"></script>';
const SCRIPT = 'console.log("a long script that is worth compressing");\n'.repeat(50);
const AS_PAGE = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

/** Pages as a build leaves them, in a folder with a neighbour that is not theirs. */
function buildPages(): string {
  const dir = makeTempDir();
  const folder = join(dir, 'web');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), INDEX);
  writeFileSync(join(folder, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(folder, 'assets/a-1b2c.js'), SCRIPT);
  writeFileSync(join(folder, '.env'), 'SECRET=1');
  writeFileSync(join(folder, 'assets/.map'), '{}');
  writeFileSync(join(dir, 'neighbour.txt'), 'not for anybody');
  return folder;
}

async function startWithPages() {
  const system = await startPaymentSystem({ pages: buildPages() });
  onTestFinished(() => system.stop());
  return { system, client: new Client(system.url) };
}

describe('the built pages', () => {
  it('are the same document at every path that is a page', async () => {
    const { client, system } = await startWithPages();
    for (const path of ['/', '/index.html', '/sales/1', '/admin', '/admin/queue', '/apis']) {
      const page = await client.call('GET', path, { headers: AS_PAGE });
      expect([path, page.status, page.body]).toEqual([path, 200, INDEX]);
      expect(page.headers.get('cache-control')).toBe('no-cache');
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      const policy = page.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).toContain(`connect-src 'self' ${system.stripeUrl};`);
      expect(policy).not.toContain('unsafe');
      expect(page.headers.get('x-frame-options')).toBe('DENY');
    }
    expect((await client.call('HEAD', '/', { headers: AS_PAGE })).status).toBe(200);
  });

  it('are there for clients without an Accept header, and their list is complete', async () => {
    const { client } = await startWithPages();
    const routes = readFileSync(join(import.meta.dirname, '../../../src/web/routes.tsx'), 'utf8');
    const paths = [...routes.matchAll(/path: '\/?([a-z]+)/g)].map(([, name]) => `/${name}`);
    expect([...new Set(paths)].toSorted()).toEqual(PAGE_PATHS.toSorted());
    for (const path of PAGE_PATHS) {
      const page = await client.call('GET', path, { headers: { accept: '*/*' } });
      expect([path, page.status, page.body]).toEqual([path, 200, INDEX]);
    }
    const other = await client.call('GET', '/apis', { headers: { accept: '*/*' } });
    expect(other).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  it('are asked for again only where they have changed', async () => {
    const { client } = await startWithPages();
    const page = await client.call('GET', '/', { headers: AS_PAGE });
    const tag = page.headers.get('etag') ?? '';
    const again = await client.call('GET', '/', { headers: { ...AS_PAGE, 'if-none-match': tag } });
    expect([again.status, again.body]).toEqual([304, '']);
    const old = await client.call('GET', '/', { headers: { ...AS_PAGE, 'if-none-match': '"x"' } });
    expect(old.status).toBe(200);
    const asset = await client.call('GET', '/assets/a-1b2c.js');
    expect(asset.body).toBe(SCRIPT);
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const icon = await client.call('GET', '/favicon.svg');
    expect(icon.headers.get('content-type')).toContain('image/svg+xml');
    expect(icon.headers.get('cache-control')).toBe('public, max-age=3600');
  });

  it('say in which charset they are, as every other text does', async () => {
    const { client } = await startWithPages();
    for (const path of [
      ...['/', '/assets/a-1b2c.js', '/favicon.svg', '/metrics'],
      ...['/docs', '/docs/start.js', '/docs/swagger-ui.css', '/docs/swagger-ui-bundle.js'],
    ]) {
      const type = (await client.call('GET', path)).headers.get('content-type') ?? '';
      expect([path, type]).toEqual([path, expect.stringMatching(/^(text|image)\//)]);
      expect([path, type]).toEqual([path, expect.stringMatching(/; charset=utf-8$/i)]);
    }
  });

  it('are compressed for whoever takes that', async () => {
    const { system } = await startWithPages();
    const ask = async (encodings: string) => {
      const head = `GET /assets/a-1b2c.js HTTP/1.1\r\nHost: x\r\nConnection: close\r\n`;
      const [answer] = await sendRaw(
        system.url,
        Buffer.from(`${head}Accept-Encoding: ${encodings}\r\n\r\n`),
      );
      return [answer?.headers.get('content-encoding'), answer?.body] as const;
    };
    const [encoding, body = ''] = await ask('gzip, deflate, br');
    expect(encoding).toBe('br');
    expect(brotliDecompressSync(Buffer.from(body, 'latin1')).toString()).toBe(SCRIPT);
    expect((await ask('br;q=0, gzip'))[0]).toBe('gzip');
    expect(await ask('identity')).toEqual([null, SCRIPT]);
  });

  it('leave everything else as it is, problems with the policy of the API', async () => {
    const { client } = await startWithPages();
    for (const path of [
      '/api/nothing',
      '/api',
      '/docs/nothing',
      '/assets/gone.js',
      '/admin/queues-no-page.js',
    ]) {
      const isScript = path.endsWith('-page.js');
      const headers = isScript ? {} : AS_PAGE;
      const answer = await client.call('GET', path, { headers });
      expect([path, answer.status]).toEqual([path, 404]);
      expect(answer.body).toMatchObject({ code: 'not_found' });
      expect(answer.headers.get('content-security-policy')).toBe(
        "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
      );
    }
    for (const [path, part] of [
      ['/healthz', 'ok'],
      ['/docs', 'Fairline API'],
      ['/openapi.json', '3.1.0'],
      ['/metrics', 'fairline_'],
    ] as const) {
      const answer = await client.call(`GET`, path, { headers: AS_PAGE });
      expect([answer.status, JSON.stringify(answer.body)]).toEqual([
        200,
        expect.stringContaining(part),
      ]);
    }
    expect((await client.call('POST', '/sales/1', { headers: AS_PAGE })).status).toBe(404);
  });

  it('give nothing away that is not among them', async () => {
    const { system } = await startWithPages();
    for (const path of [
      '/.env',
      '/assets/.map',
      '/../neighbour.txt',
      '/assets/../../neighbour.txt',
      '/%2e%2e/neighbour.txt',
      '/..%2fneighbour.txt',
      '/assets/..%5c..%5cneighbour.txt',
      '/assets/%00',
      '//neighbour.txt',
    ]) {
      const head = `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
      const [answer] = await sendRaw(system.url, Buffer.from(head));
      expect([path, answer?.status]).toEqual([path, 404]);
    }
  });
});

it('without built pages a page is not found', async () => {
  const system = await startSystem({ pages: join(makeTempDir(), 'nothing') });
  onTestFinished(() => system.stop());
  const answer = await new Client(system.url).call('GET', '/', { headers: AS_PAGE });
  expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
});

it('the pages may speak to Stripe only where it takes payments', () => {
  const publishableKey = 'pk_test_browser';
  const stripe = pagePayments({ publishableKey }).origins;
  expect(stripe.calls).toEqual(['https://api.stripe.com']);
  expect(stripe.frames).toContain('https://hooks.stripe.com');
  const nobody = { scripts: [], frames: [], calls: [] };
  expect(pagePayments(undefined).origins).toEqual(nobody);
  const standIn = pagePayments({ publishableKey, apiUrl: 'http://127.0.0.1:12111/' });
  expect(standIn.origins).toEqual({ ...nobody, calls: ['http://127.0.0.1:12111'] });
});
