import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startEngineProcess } from '../../demo/engine-process.ts';
import { findFreePort } from '../../demo/free-port.ts';
import { checkDatabase } from '../support/checker.ts';
import { Client } from '../support/client.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startSystem, type TestSystem } from '../support/system.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const NAME = 'fairline';

let servers: TestRedis[];
let sentinels: { port: number; stop: () => Promise<void> }[];
let system: TestSystem;
let client: Client;
beforeEach(async () => {
  servers = await Promise.all([startTestRedis(), startTestRedis()]);
  const [primary, replica] = servers as [TestRedis, TestRedis];
  await call(replica.port, 'replicaof', '127.0.0.1', String(primary.port));
  await expect.poll(() => call(replica.port, 'info')).toContain('master_link_status:up');
  sentinels = await Promise.all([0, 1, 2].map(() => startSentinel(primary.port)));
  for (const { port } of sentinels) {
    await expect.poll(() => call(port, 'sentinel', 'ckquorum', NAME)).toMatch(/^OK 3/);
    await expect
      .poll(async () => ((await call(port, 'sentinel', 'replicas', NAME)) as unknown[]).length)
      .toBe(1);
  }
  const hosts = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',');
  const url = `redis+sentinel://${hosts}/${NAME}`;
  system = await startSystem({ startRedis: async () => ({ url, stop: async () => {} }) });
  client = new Client(system.url);
});
afterEach(async () => {
  await system.stop();
  await Promise.all([...sentinels, ...servers].map((server) => server.stop()));
});

it('the line follows the primary that the sentinels elect', async () => {
  const sale = await client.createSale({ stock: 3 });
  system.startWorker();
  expect(await client.buy(sale, await client.token('ann'))).toMatchObject({ status: 'held' });
  const [primary, replica] = servers as [TestRedis, TestRedis];
  const links = new Redis(primary.url);
  await links.set('fairline:test', 'caught up');
  expect(await links.wait(1, 0)).toBe(1);
  links.disconnect();

  await primary.kill();
  await expect
    .poll(() => call(replica.port, 'role'))
    .toMatchObject(['master', expect.anything(), expect.anything()]);
  const bob = await client.token('bob');
  await expect.poll(async () => (await client.take(sale, bob)).status).toBe(202);
  expect(await client.buy(sale, await client.token('cid'))).toMatchObject({ status: 'held' });
  expect((await client.call('GET', '/readyz')).status).toBe(200);
  expect(await checkDatabase(system.db)).toEqual([]);
});

/** A sentinel is a redis-server with another job; it writes what it learns into its file. */
async function startSentinel(primaryPort: number) {
  const port = await findFreePort();
  const file = join(makeTempDir(), 'sentinel.conf');
  writeFileSync(
    file,
    `port ${port}
bind 127.0.0.1
sentinel monitor ${NAME} 127.0.0.1 ${primaryPort} 2
sentinel down-after-milliseconds ${NAME} 1000
sentinel failover-timeout ${NAME} 10000
`,
  );
  const engine = await startEngineProcess({
    engine: 'Redis Sentinel',
    command: 'redis-server',
    args: [file, '--sentinel'],
    ready: 'Sentinel ID is',
  });
  return { port, stop: () => engine.end('SIGKILL') };
}

async function call(port: number, command: string, ...args: string[]): Promise<unknown> {
  const redis = new Redis({ port, host: '127.0.0.1', lazyConnect: true });
  redis.on('error', () => {}); // the call itself rejects
  await redis.connect();
  try {
    return await redis.call(command, ...args);
  } finally {
    redis.disconnect();
    if (redis.status !== 'end') await once(redis, 'end');
  }
}
