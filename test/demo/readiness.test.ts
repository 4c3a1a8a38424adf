import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { findFreePort } from '../../demo/free-port.ts';
import { waitUntilReady } from '../../demo/readiness.ts';

const signal = new AbortController().signal;

test('waits until the API is ready and a worker lives', async () => {
  const answers: Array<[number, unknown]> = [
    [503, { workers: 1 }],
    [200, { workers: 0 }],
    [200, { workers: 1 }],
  ];
  const url = await serve(() => answers.shift());
  await waitUntilReady({ url, timeoutMs: 10_000, signal });
  expect(answers).toEqual([]);
});

test('accepts an answer without a worker count', async () => {
  const url = await serve(() => [200, 'ok']);
  await waitUntilReady({ url, timeoutMs: 10_000, signal });
});

test('reports the last answer when it gives up', async () => {
  const url = await serve(() => [503, { redis: 'down' }]);
  await expect(waitUntilReady({ url, timeoutMs: 0, signal })).rejects.toThrow(
    '503 {"redis":"down"}',
  );
});

test('stops when aborted', async () => {
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const reason = new Error('stop');
  const waiting = waitUntilReady({ url, timeoutMs: 10_000, signal: AbortSignal.abort(reason) });
  await expect(waiting).rejects.toBe(reason);
});

/** A server that returns the next answer to each request. Returns its URL. */
async function serve(next: () => [number, unknown] | undefined): Promise<string> {
  const server = createServer((_, response) => {
    const [status, body] = next() ?? [500, 'asked too often'];
    response.writeHead(status).end(JSON.stringify(body));
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const port = await findFreePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${port}`;
}
