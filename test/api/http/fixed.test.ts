import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fix, fixOnce } from '../../../src/api/http/fixed.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

const PATHS = [
  '/openapi.json',
  '/docs',
  '/docs/start.js',
  '/docs/swagger-ui.css',
  '/docs/swagger-ui-bundle.js',
];

/** The body that the adapter writes: it keeps it under a symbol until somebody asks for it. */
function bodyOf(response: Response): unknown {
  const kept = Object.getOwnPropertySymbols(response).find(({ description }) => {
    return description === 'cache';
  });
  return kept === undefined ? undefined : Reflect.get(response, kept)[1];
}

describe('what never changes', () => {
  let system: TestSystem;
  beforeAll(async () => {
    system = await startSystem();
  });
  afterAll(() => system.stop());

  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const request = new Request(`${system.url}${path}`, { headers });
    // Nothing here looks at the connection.
    const response = await system.fetch(request, {} as Parameters<typeof system.fetch>[1]);
    if (!(response instanceof Response)) throw new Error('no answer');
    return response;
  };

  it.each(PATHS)('is one buffer for all who ask, however many at once: %s', async (path) => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(path)));
    const [first, ...others] = answers.map(bodyOf);
    expect(first).toBeInstanceOf(Uint8Array);
    for (const other of others) expect(other).toBe(first);
  });

  it.each(PATHS)('has an ETag, by which who has it gets nothing again: %s', async (path) => {
    const answer = await ask(path);
    const etag = answer.headers.get('etag') ?? '';
    expect(etag).toMatch(/^W\/"[\w-]{22}"$/);
    const again = await ask(path, { 'if-none-match': etag });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect(again.headers.get('etag')).toBe(etag);
    expect((await ask(path, { 'if-none-match': 'W/"other"' })).status).toBe(200);
  });

  it.each(['/openapi.json', '/docs/swagger-ui-bundle.js'])('is compressed: %s', async (path) => {
    const plain = Buffer.from(await (await ask(path)).arrayBuffer());
    const decoders = { br: brotliDecompressSync, gzip: gunzipSync };
    for (const [encoding, decode] of Object.entries(decoders)) {
      const answer = await ask(path, { 'accept-encoding': encoding });
      expect(answer.headers.get('content-encoding')).toBe(encoding);
      expect(answer.headers.get('vary')).toBe('Accept-Encoding');
      const body = Buffer.from(await answer.arrayBuffer());
      expect(body.length).toBeLessThan(plain.length / 2);
      expect(decode(body).equals(plain)).toBe(true);
    }
  });
});

it('is made once, and again only where that failed', async () => {
  let made = 0;
  const get = fixOnce(async () => {
    made += 1;
    if (made === 1) throw new Error('not yet');
    return fix('content', 'text/plain');
  });
  const outcomes = await Promise.allSettled([get(), get()]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(made).toBe(1);
  const [one, other] = await Promise.all([get(), get()]);
  expect(one).toBe(other);
  expect(await get()).toBe(one);
  expect(made).toBe(2);
});
