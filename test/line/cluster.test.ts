import { type Cluster, Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { ShardKeys } from '../../src/redis/keys.ts';
import { readEpoch } from '../../src/redis/line-reads.ts';
import { Client } from '../support/client.ts';
import { startCluster } from '../support/cluster.ts';
import { startSystem } from '../support/system.ts';

const SHARDS = 4;

it('runs a sale per shard of a Redis Cluster, also after its nodes died (I1, I2, I9)', async () => {
  const cluster = await startCluster();
  const system = await startSystem({ shards: SHARDS, startRedis: async () => cluster });
  onTestFinished(() => system.stop());
  system.startWorker();
  const client = new Client(system.url);
  const sales: SaleView[] = [];
  for (let i = 0; i < SHARDS; i++) sales.push(await client.createSale({ stock: 3 }));
  const shards = await system.db.selectFrom('sales').select('shard').orderBy('shard').execute();
  expect(shards.map(({ shard }) => shard)).toEqual([0, 1, 2, 3]);

  /** Each of the buyers buys in each sale at once; what they got, by sale. */
  const buyEach = (...names: string[]) =>
    Promise.all(
      sales.map(async (sale) => {
        const tickets = [];
        for (const name of names) tickets.push(await client.buy(sale, await client.token(name)));
        return tickets.map(({ status, lineNumber }) => `${status} ${lineNumber}`);
      }),
    );
  const inEach = (...tickets: string[]) => sales.map(() => tickets);
  expect(await buyEach('ann', 'bob')).toEqual(inEach('held 1', 'held 2'));
  const servers = (system.redis as Cluster).nodes('master');
  const sizes = await Promise.all(servers.map((server) => server.dbsize()));
  expect(sizes.filter((size) => size > 0).length).toBeGreaterThan(1); // really spread over nodes

  for (const index of servers.keys()) await cluster.restartNode(index);
  await expect.poll(async () => (await client.call('GET', '/readyz')).status).toBe(200);
  expect(await buyEach('cid')).toEqual(inEach('held 3'));
  for (const server of (system.redis as Cluster).nodes('master')) await server.flushall();
  // A ticket that comes before it is noticed may be lost with the line: line_restarted.
  const epochs = () =>
    Promise.all(sales.map((_, shard) => readEpoch(system.redis, new ShardKeys(shard))));
  await expect.poll(epochs).not.toContain(undefined);
  expect(await buyEach('dot')).toEqual(inEach('sold_out 4'));
});

it('continues with the shards of other nodes while one is unavailable (I7)', async () => {
  const cluster = await startCluster();
  const system = await startSystem({ shards: SHARDS, startRedis: async () => cluster });
  onTestFinished(() => cluster.restartNode(0).then(() => system.stop()));
  system.startWorker();
  const client = new Client(system.url);
  const sales: SaleView[] = [];
  for (let i = 0; i < SHARDS; i++) {
    sales.push(await client.createSale({ stock: 1, holdSeconds: 3 }));
  }
  const ann = await client.token('ann');
  await Promise.all(sales.map((sale) => client.buy(sale, ann)));
  const [first] = cluster.urls;
  const node = new Redis(first ?? '');
  const here = await node.keys('fairline:{*}:epoch');
  node.disconnect();
  const shards = await system.db.selectFrom('sales').select(['id', 'shard']).execute();
  const elsewhere = shards.filter(({ shard }) => !here.includes(`fairline:{${shard}}:epoch`));
  expect(elsewhere.length).toBeGreaterThan(0);
  expect(elsewhere.length).toBeLessThan(SHARDS);

  await cluster.killNode(0);
  for (const { id } of elsewhere) {
    await expect.poll(async () => (await client.sale(id)).products[0]?.stock.held).toBe(0);
  }
});
