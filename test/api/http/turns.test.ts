import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import { afterEach, expect, it } from 'vitest';
import { createApiServer } from '../../../src/api/http/server.ts';
import { silent } from '../../support/database.ts';
import { sendRaw } from '../../support/raw-http.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

async function start(server: Server): Promise<string> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A route that takes a few turns of the event loop, and how many requests it had in work. */
function slowRoute() {
  const seen = { inWork: 0, most: 0, all: 0 };
  const fetch = async (request: Request) => {
    seen.all += 1;
    seen.inWork += 1;
    seen.most = Math.max(seen.most, seen.inWork);
    const body = await request.text();
    for (let turn = 0; turn < 5; turn++) await setImmediate();
    seen.inWork -= 1;
    return new Response(new URL(request.url).pathname + body, { headers: { a: 'b' } });
  };
  return { seen, fetch };
}

/** Requests in one packet; after the last the server closes the connection. */
function packet(count: number, form = (path: string, more: string) => get(path, more)): string {
  return Array.from({ length: count }, (_, index) =>
    form(`/${index}`, index === count - 1 ? 'Connection: close\r\n' : ''),
  ).join('');
}

const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
const post = (path: string, more: string) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\n${more}Content-Length: 3\r\n\r\n+ok`;

it('a hundred requests of one packet are handled one after another, and answered so', async () => {
  const { seen, fetch } = slowRoute();
  const url = await start(createApiServer(fetch, silent));
  const answers = await sendRaw(url, packet(100));
  expect(answers.map(({ body }) => body)).toEqual(Array.from({ length: 100 }, (_, i) => `/${i}`));
  expect(seen).toMatchObject({ all: 100, most: 1 });
});

it('so are requests with bodies', async () => {
  const { seen, fetch } = slowRoute();
  const url = await start(createApiServer(fetch, silent));
  const answers = await sendRaw(url, packet(20, post));
  expect(answers.map(({ body }) => body)).toEqual(Array.from({ length: 20 }, (_, i) => `/${i}+ok`));
  expect(seen).toMatchObject({ all: 20, most: 1 });
});

it('more than a packet waits outside, and is read when what is before it is answered', async () => {
  const { seen, fetch } = slowRoute();
  const url = await start(createApiServer(fetch, silent));
  const filler = `X: ${'x'.repeat(1_000)}\r\n`;
  const answers = await sendRaw(
    url,
    packet(300, (path, more) => get(path, filler + more)),
  );
  expect(answers).toHaveLength(300);
  expect(seen).toMatchObject({ all: 300, most: 1 });
});

it('connections do not wait for each other', async () => {
  const { seen, fetch } = slowRoute();
  const url = await start(createApiServer(fetch, silent));
  await Promise.all(Array.from({ length: 5 }, () => sendRaw(url, packet(3))));
  expect(seen.most).toBeGreaterThan(1);
});

it('Node alone would work on all of them at once (control)', async () => {
  const { seen, fetch } = slowRoute();
  const listener = getRequestListener(fetch);
  const url = await start(createServer((request, response) => void listener(request, response)));
  await sendRaw(url, packet(100));
  expect(seen.most).toBe(100);
});

it('who sends hundreds without waiting for an answer is let go', async () => {
  const held = Promise.withResolvers<Response>();
  let all = 0;
  const url = await start(
    createApiServer(() => {
      all += 1;
      return held.promise;
    }, silent),
  );
  expect(await sendRaw(url, packet(1_000))).toEqual([]);
  expect(all).toBe(1);
  held.resolve(new Response());
});

it('what is no HTTP behind a request is told so after the answer to that', async () => {
  const held = Promise.withResolvers<Response>();
  const server = createApiServer(() => held.promise, silent);
  const url = await start(server);
  server.on('clientError', () => held.resolve(new Response('first', { headers: { a: 'b' } })));
  const [first, second, ...more] = await sendRaw(url, `${get('/')}nonsense\r\n\r\n`);
  expect(first).toMatchObject({ status: 200, body: 'first' });
  expect(second).toMatchObject({ status: 400 });
  expect(JSON.parse(second?.body ?? '')).toMatchObject({ code: 'malformed_request' });
  expect(more).toEqual([]);
});
