import { expect, it, onTestFinished } from 'vitest';
import { checkDatabase, readLog } from '../support/checker.ts';
import { Client } from '../support/client.ts';
import { proxyTo, type TcpProxy } from '../support/proxy.ts';
import { startSystem } from '../support/system.ts';

it('a lost reply of `add` queues a batch twice, the copy takes nothing (I2, I3)', async () => {
  let proxy: TcpProxy | undefined;
  const system = await startSystem({
    wrapRedis: async (url) => {
      proxy = await proxyTo(new URL(url));
      return proxy.url;
    },
  });
  onTestFinished(async () => {
    await system.stop();
    proxy?.close();
  });
  const client = new Client(system.url);
  const sale = await client.createSale({ stock: 2 });
  const ann = await client.token('ann');
  const lost = proxy?.loseReplyTo('"uid"'); // only a batch on its way into the queue has one
  const taken = await client.take(sale, ann);
  await lost;
  expect(taken.status).toBe(202);
  const { keys } = system.shards.at(0);
  expect(await system.redis.llen(keys.queue('wait'))).toBe(2);

  system.startWorker();
  expect(await client.poll(taken.body.ticketId, ann)).toMatchObject({
    status: 'held',
    lineNumber: 1,
  });
  const next = await client.buy(sale, await client.token('bob'));
  expect(next).toMatchObject({ status: 'held', lineNumber: 2 });
  const log = await readLog(system.db);
  expect(log.map(({ entry }) => ('why' in entry ? entry.why : entry.k))).toEqual([
    'load',
    'decide',
    'copy',
    'decide',
  ]);
  expect(await checkDatabase(system.db)).toEqual([]);
});
