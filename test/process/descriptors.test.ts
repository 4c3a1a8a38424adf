import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { clientsMax } from '../../src/process/open-files.ts';
import { isOutage } from '../../src/process/outage.ts';
import { Client } from '../support/client.ts';
import { createDatabase } from '../support/database.ts';
import { startApiPart } from '../support/parts.ts';
import { startTestRedis } from '../support/redis.ts';

it.each(['EMFILE', 'ENFILE', 'ENOBUFS', 'EADDRNOTAVAIL'])(
  'no connection for lack of means is an outage, not a mistake of ours: %s',
  (code) => {
    expect(isOutage(Object.assign(new Error('connect'), { code }))).toBe(true);
    expect(isOutage(Object.assign(new Error('connect'), { code: 'EOTHER' }))).toBe(false);
  },
);

it('clients leave descriptors for what answers them', () => {
  expect(clientsMax(20_000, 1_000)).toBe(900);
  expect(clientsMax(500, 1_000)).toBe(500);
  expect(clientsMax(500, 50)).toBe(1);
  expect(clientsMax(20)).toBe(20);
});

it('whoever opens more connections than there are descriptors stops nobody else', async () => {
  const [redis, databaseUrl] = await Promise.all([startTestRedis(), createDatabase()]);
  onTestFinished(() => redis.stop());
  const env = { REDIS_URL: redis.url, DATABASE_URL: databaseUrl };
  const api = await startApiPart(env, { openFiles: 300 });
  onTestFinished(() => api.end('SIGKILL').then(() => undefined));
  const { port } = new URL(api.url);
  const { id } = await new Client(api.url).createSale();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  let asked = 0;
  const read = async () => {
    const [answer] = (await once(
      get({ agent, port, path: `/api/sales?limit=${++asked}` }),
      'response',
    )) as [IncomingMessage];
    answer.resume();
    await once(answer, 'end');
    return answer.statusCode;
  };
  expect(await read()).toBe(200);

  const sockets = Array.from({ length: 400 }, () => connect(Number(port), '127.0.0.1'));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  const outcomes = await Promise.all(sockets.map((socket) => outcomeOf(socket, id)));
  expect(outcomes.filter((outcome) => outcome === 'stream').length).toBeGreaterThan(150);
  expect(outcomes.filter((outcome) => outcome === 'closed').length).toBeGreaterThan(150);
  // Each is another list, which is read from Postgres.
  const statuses = await Promise.all(Array.from({ length: 20 }, read));
  expect(new Set(statuses)).toEqual(new Set([200]));
});

/** What becomes of a connection that asks for a stream. */
async function outcomeOf(socket: Socket, saleId: string): Promise<'stream' | 'closed'> {
  const closed = () => 'closed' as const; // with a reset, where the request was not read
  socket.write(`GET /api/sales/${saleId}/events HTTP/1.1\r\nHost: x\r\n\r\n`);
  return Promise.race([
    once(socket, 'data').then(() => 'stream' as const, closed),
    once(socket, 'close').then(closed, closed),
  ]);
}
