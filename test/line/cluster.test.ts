import { expect, it, onTestFinished } from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { serversOf } from '../../src/redis/client.ts';
import { Client } from '../support/client.ts';
import { startCluster } from '../support/cluster.ts';
import { startSystem } from '../support/system.ts';

const SHARDS = 4;

it('runs a sale on each shard of a Redis Cluster, also when a node was flushed (I1, I2, I9)', async () => {
  const system = await startSystem({ shards: SHARDS, startRedis: startCluster });
  onTestFinished(() => system.stop());
  system.startWorker();
  const client = new Client(system.url);
  const sales: SaleView[] = [];
  for (let i = 0; i < SHARDS; i++) sales.push(await client.createSale({ stock: 3 }));
  const shards = await system.db.selectFrom('sales').select('shard').orderBy('shard').execute();
  expect(shards.map(({ shard }) => shard)).toEqual([0, 1, 2, 3]);

  const buyEach = async (sale: SaleView, names: readonly string[]) => {
    const tickets = [];
    for (const name of names) tickets.push(await client.buy(sale, await client.token(name)));
    return tickets.map(({ status, lineNumber }) => [status, lineNumber]);
  };
  await Promise.all(
    sales.map(async (sale) => {
      expect(await buyEach(sale, ['ann', 'bob'])).toEqual([
        ['held', 1],
        ['held', 2],
      ]);
    }),
  );
  const servers = serversOf(system.redis);
  const sizes = await Promise.all(servers.map((server) => server.dbsize()));
  expect(sizes.filter((size) => size > 0).length).toBeGreaterThan(1); // really spread over nodes

  for (const server of servers) await server.flushall();
  await Promise.all(
    sales.map(async (sale) => {
      expect(await buyEach(sale, ['cid', 'dot'])).toEqual([
        ['held', 3],
        ['sold_out', 4],
      ]);
    }),
  );
});
