import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createApiServer } from '../../../src/api/http/server.ts';
import { ERRORS, type ErrorCode } from '../../../src/domain/errors.ts';
import { Client } from '../../support/client.ts';
import { silent } from '../../support/database.ts';
import { type RawAnswer, sendRaw } from '../../support/raw-http.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

function expectProblem(answer: RawAnswer | undefined, code: ErrorCode) {
  const { status, title } = ERRORS[code];
  expect(answer?.status).toBe(status);
  expect(answer?.headers.get('content-type')).toBe('application/problem+json');
  const body = JSON.parse(answer?.body ?? '');
  const type = `urn:fairline:error:${code}`;
  expect(body).toMatchObject({ type, title, status, code, requestId: expect.any(String) });
  return body;
}

describe('what does not get as far as a route', () => {
  let system: TestSystem;
  beforeAll(async () => {
    system = await startSystem();
  });
  afterAll(() => system.stop());

  const send = async (head: string, body: string | Buffer = '') => {
    const text = `${head.replaceAll('\n', '\r\n')}\r\n\r\n`;
    return (
      await sendRaw(system.url, Buffer.concat([Buffer.from(text, 'latin1'), Buffer.from(body)]))
    )[0];
  };

  it.each([
    ['no HTTP', 'hello'],
    ['an unknown version', 'GET / HTTP/9.9\nHost: x'],
    ['no Host', 'GET /api/sales HTTP/1.1\nConnection: close'],
    ['a Host that is none', 'GET /api/sales HTTP/1.1\nHost: a b\nConnection: close'],
    ['a Host that leads elsewhere', 'GET /api/sales HTTP/1.1\nHost: x/../y\nConnection: close'],
    ['a backslash', 'GET /api\\sales HTTP/1.1\nHost: x\nConnection: close'],
    ['an address that is none', 'GET http://[ HTTP/1.1\nHost: x\nConnection: close'],
    ['two lengths', 'POST /api/auth/login HTTP/1.1\nHost: x\nContent-Length: 2\nContent-Length: 3'],
    ['a length that is none', 'POST /api/auth/login HTTP/1.1\nHost: x\nContent-Length: -1'],
    [
      'a length and chunks',
      'POST /api/auth/login HTTP/1.1\nHost: x\nContent-Length: 2\nTransfer-Encoding: chunked',
    ],
    ['a header with NUL', 'GET / HTTP/1.1\nHost: x\nIdempotency-Key: a\0b'],
  ])('is a problem: %s', async (_, head) => {
    expectProblem(await send(head), 'malformed_request');
  });

  it('headers of more than 16 KiB', async () => {
    const head = `GET / HTTP/1.1\nHost: x\nIdempotency-Key: ${'x'.repeat(20_000)}`;
    expectProblem(await send(head), 'headers_too_large');
    expectProblem(await send(`GET /${'x'.repeat(20_000)} HTTP/1.1\nHost: x`), 'headers_too_large');
  });

  it('an expectation that nobody knows is passed over', async () => {
    const head = 'GET /healthz HTTP/1.1\nHost: x\nExpect: the-unexpected\nConnection: close';
    expect(await send(head)).toMatchObject({ status: 200 });
  });

  it('TRACE, which would echo what was sent', async () => {
    const head = 'TRACE /api/sales HTTP/1.1\nHost: x\nConnection: close\nIdempotency-Key: echo-me';
    const answer = await send(head);
    expect(answer?.status).toBeGreaterThanOrEqual(400);
    expect(answer?.body).not.toContain('echo-me');
  });

  it('a body on GET and DELETE is passed over', async () => {
    const token = await new Client(system.url).token('ann');
    for (const method of ['GET', 'DELETE']) {
      const head = [
        `${method} /api/tickets/x HTTP/1.1\nHost: x\nAuthorization: Bearer ${token}`,
        'Connection: close\nContent-Length: 9',
      ].join('\n');
      expectProblem(await send(head, '{"broken"'), 'ticket_not_found');
    }
  });
});

describe('clients that take their time', () => {
  const servers: Server[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    }
  });
  const start = async (fetch: () => Promise<Response>, silentMs = 60_000) => {
    const timeouts = {
      headersMs: 500,
      requestMs: 1_000,
      keepAliveMs: 5_000,
      silentMs,
      checkMs: 20,
    };
    const server = createApiServer(fetch, silent, { timeouts }).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return server;
  };
  const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  it.each([
    ['headers', 'GET / HTTP/1.1\r\nHost: x\r\n'],
    ['a body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{'],
  ])('for %s are told so, and let go', async (_, beginning) => {
    const gotHeaders = Promise.withResolvers<Response>();
    const server = await start(() => gotHeaders.promise);
    expectProblem((await sendRaw(urlOf(server), beginning))[0], 'request_timeout');
    gotHeaders.resolve(new Response());
  });

  it('for reading do not matter: an answer may come later than a request may', async () => {
    const answered = Promise.withResolvers<Response>();
    const server = await start(() => answered.promise);
    const polled = fetch(urlOf(server));
    // Another one that is too slow shows that the time is over for the first.
    const { port } = server.address() as AddressInfo;
    const slow = connect(port, '127.0.0.1');
    slow.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{');
    slow.resume();
    await once(slow, 'close');
    answered.resolve(new Response('decided'));
    expect(await (await polled).text()).toBe('decided');
  });

  it('and ask without ever reading are let go, with all that was kept for them', async () => {
    const large = new Uint8Array(64 * 1024 * 1024);
    const server = await start(async () => new Response(large, { headers: { a: 'b' } }), 300);
    const connected = once(server, 'connection') as Promise<[Socket]>;
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.on('error', () => undefined);
    client.pause();
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2));
    const [socket] = await connected;
    await once(socket, 'close');
    expect(client.bytesRead).toBeLessThan(large.byteLength);
    client.destroy();
  });

  it('and say nothing at all, too', async () => {
    const server = await start(async () => new Response(), 300);
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.resume();
    await once(client, 'close');
  });

  it('but a stream lives as long as something comes now and then', async () => {
    let beats = 0;
    const stream = () => {
      let timer: NodeJS.Timeout;
      return new ReadableStream<Uint8Array>({
        start(controller) {
          timer = setInterval(() => controller.enqueue(Buffer.from(`${++beats} `)), 50);
        },
        cancel: () => clearInterval(timer),
      });
    };
    const held = new Promise<Response>(() => {});
    let asked = 0;
    const server = await start(
      () => (++asked === 1 ? Promise.resolve(new Response(stream())) : held),
      1_000,
    );
    const reader = (await fetch(urlOf(server))).body?.getReader();
    await reader?.read();
    // Two that hear nothing, one after the other: their times are over while the stream goes on.
    for (let other = 0; other < 2; other++) {
      await expect(fetch(urlOf(server))).rejects.toThrow();
    }
    const before = beats;
    while (beats < before + 3) expect((await reader?.read())?.done).toBe(false);
    await reader?.cancel();
  });

  it('have limits of their own in a server as it is made', () => {
    const server = createApiServer(() => new Response(), silent);
    const { headersTimeout, requestTimeout, keepAliveTimeout, timeout } = server;
    // A long poll lasts 25 s, and a stream has an event every 15 s.
    expect({ headersTimeout, requestTimeout, keepAliveTimeout, timeout }).toEqual({
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 65_000,
      timeout: 60_000,
    });
  });

  it('may be so many, and the rest is let go at once', async () => {
    const server = createApiServer(() => new Response(), silent, { maxConnections: 1 });
    servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const first = connect(port, '127.0.0.1');
    await once(server, 'connection');
    const second = connect(port, '127.0.0.1').resume();
    await Promise.all([once(server, 'drop'), once(second, 'close')]);
    first.destroy();
  });
});

it('what fails outside of the routes tells nothing but a request id', async () => {
  const server = createApiServer(() => Promise.reject(new Error('secret words')), silent).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [answer] = await sendRaw(url, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const body = expectProblem(answer, 'internal_error');
  expect(Object.keys(body).sort()).toEqual([
    'code',
    'detail',
    'requestId',
    'status',
    'title',
    'type',
  ]);
  expect(answer?.body).not.toContain('secret');
  server.close();
});
