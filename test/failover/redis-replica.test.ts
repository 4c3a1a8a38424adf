import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkDatabase } from '../support/checker.ts';
import { Client } from '../support/client.ts';
import { proxyTo, type TcpProxy } from '../support/proxy.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

let first: TestRedis;
let second: TestRedis;
let name: TcpProxy;
let system: TestSystem;
let client: Client;
beforeEach(async () => {
  [first, second] = await Promise.all([startTestRedis(), startTestRedis()]);
  name = await proxyTo(new URL(first.url));
  system = await startSystem({ startRedis: async () => ({ url: name.url, stop: async () => {} }) });
  client = new Client(system.url);
  await replicate(second, first);
});
afterEach(async () => {
  await system.stop();
  name.close();
  await Promise.all([first.stop(), second.stop()]);
});

it('a name that leads to the promoted replica: old connections are dropped', async () => {
  const sale = await client.createSale({ stock: 3 });
  system.startWorker();
  expect(await client.buy(sale, await client.token('ann'))).toMatchObject({ status: 'held' });
  await isCaughtUp(first);

  name.leadTo(new URL(second.url));
  await command(second, 'replicaof', 'no', 'one');
  await replicate(first, second); // the connections to it stay, and its data grows old

  const bob = await client.token('bob');
  await expect.poll(async () => (await client.take(sale, bob)).status).toBe(202);
  expect(await client.buy(sale, await client.token('cid'))).toMatchObject({ status: 'held' });
  expect((await client.call('GET', '/readyz')).status).toBe(200);
  expect(await checkDatabase(system.db)).toEqual([]);
});

it('a process that only reads and listens follows too', async () => {
  const sale = await client.createSale({ stock: 3 });
  const other = new Client(await system.startAnotherApi());
  const ann = await client.token('ann');
  const queued = (await client.take(sale, ann)).body;
  expect(await other.poll(queued.ticketId, ann, 0)).toMatchObject({ status: 'queued' });
  await isCaughtUp(first);

  name.leadTo(new URL(second.url));
  await command(second, 'replicaof', 'no', 'one');
  await replicate(first, second);
  await command(first, 'client', 'no-evict', 'off'); // its connections are there still
  system.startWorker();

  await expect.poll(async () => (await other.poll(queued.ticketId, ann, 0)).status).toBe('held');
});

it('says that it is not ready while the name leads to a replica', async () => {
  expect((await client.call('GET', '/readyz')).status).toBe(200);
  await command(first, 'replicaof', '127.0.0.1', String(second.port));
  await expect
    .poll(async () => (await client.call('GET', '/readyz')).body)
    .toMatchObject({ status: 'unavailable', redis: 'down', postgres: 'up' });
  await command(first, 'replicaof', 'no', 'one');
  await expect.poll(async () => (await client.call('GET', '/readyz')).status).toBe(200);
});

async function command(server: TestRedis, name: string, ...args: string[]): Promise<unknown> {
  const redis = new Redis(server.url);
  try {
    return await redis.call(name, ...args);
  } finally {
    redis.disconnect();
  }
}

async function replicate(replica: TestRedis, primary: TestRedis): Promise<void> {
  await command(replica, 'replicaof', '127.0.0.1', String(primary.port));
  await expect
    .poll(() => command(replica, 'info', 'replication'))
    .toContain('master_link_status:up');
}

/** Waits until the replica has everything. */
async function isCaughtUp(primary: TestRedis): Promise<void> {
  const redis = new Redis(primary.url);
  try {
    await redis.set('fairline:test', 'caught up'); // WAIT looks at what this connection wrote
    expect(await redis.wait(1, 0)).toBe(1);
  } finally {
    redis.disconnect();
  }
}
