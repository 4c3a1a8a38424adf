import { once } from 'node:events';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { startRedis } from '../../demo/redis.ts';
import { checkDatabase, readLog } from '../support/checker.ts';
import { Client } from '../support/client.ts';
import { endHold } from '../support/holds.ts';
import { proxyTo, type TcpProxy } from '../support/proxy.ts';
import { startSystem } from '../support/system.ts';
import { makeTempDir } from '../support/temp-dir.ts';

/** A system whose Postgres, and the API's Redis, can be taken away. */
async function startBehindProxy() {
  const proxy = Promise.withResolvers<TcpProxy>();
  const redisProxy = Promise.withResolvers<TcpProxy>();
  const system = await startSystem({
    wrapRedis: async (url) => {
      const started = await proxyTo(new URL(url));
      redisProxy.resolve(started);
      return started.url;
    },
    wrapDatabase: async (url) => {
      const started = await proxyTo(new URL(url));
      proxy.resolve(started);
      return started.url;
    },
  });
  const [postgres, redis] = await Promise.all([proxy.promise, redisProxy.promise]);
  onTestFinished(async () => {
    await system.stop();
    postgres.close();
    redis.close();
  });
  return { system, postgres, redis };
}

it('keeps accepting while Postgres is unavailable; decisions wait for it (I4, I5)', async () => {
  const { system, postgres } = await startBehindProxy();
  system.startWorker();
  const client = new Client(system.url);
  const sale = await client.createSale({ stock: 3 });
  const ann = await client.token('ann');
  const first = await client.buy(sale, ann);
  expect(first.status).toBe('held');

  postgres.setAway(true);
  const tokens = await Promise.all(['bob', 'cid', 'dot'].map((name) => client.token(name)));
  const taken = [];
  for (const token of tokens) {
    const { status, body } = await client.take(sale, token);
    expect(status).toBe(202);
    taken.push({ ticketId: body.ticketId, token });
  }
  const ready = await client.call('GET', '/readyz');
  expect(ready).toMatchObject({ status: 503, body: { redis: 'up', postgres: 'down' } });
  const orders = await client.call('GET', '/api/orders', { token: ann });
  expect(orders).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  expect(Number(orders.headers.get('retry-after'))).toBeGreaterThan(0);

  // The worker has decided them by now, and nobody may see it.
  const { keys } = system.shards.at(0);
  const state = keys.at(await system.shards.at(0).epoch()).state;
  const last = await system.redis.get(keys.queue('id'));
  await expect.poll(() => system.redis.hget(state, 'decided')).toBe(last);
  for (const { ticketId, token } of taken) {
    expect((await client.poll(ticketId, token, 0)).status).toBe('queued');
  }

  const backAt = Date.now();
  postgres.setAway(false);
  const decided = [];
  for (const { ticketId, token } of taken) decided.push(await client.poll(ticketId, token));
  expect(decided.map(({ lineNumber }) => lineNumber)).toEqual([2, 3, 4]);
  expect(decided[2]?.status).toBe('sold_out');
  for (const { order } of decided.slice(0, 2)) {
    // Its full time, from when it was recorded: the outage ate nothing of it.
    expect(Date.parse(order?.holdExpiresAt ?? '')).toBeGreaterThanOrEqual(
      backAt + sale.holdSeconds * 1_000,
    );
  }
});

it('keeps accepting when the Redis connection blinks while Postgres is down (I4)', async () => {
  const { system, postgres, redis } = await startBehindProxy();
  const client = new Client(system.url);
  const sale = await client.createSale({ stock: 3 });
  const ann = await client.token('ann');
  expect((await client.take(sale, ann)).status).toBe(202);
  postgres.setAway(true);
  redis.cut();
  const bob = await client.token('bob');
  // The first answers may still meet the broken connection.
  await expect.poll(async () => (await client.take(sale, bob)).status).toBe(202);
  postgres.setAway(false);
  system.startWorker();
  await system.until(async () => (await readLog(system.db)).length >= 3);
  expect(await checkDatabase(system.db)).toEqual([]);
});

it('ends no hold while Postgres is unavailable, and ends it when it is back (I7)', async () => {
  const { system, postgres } = await startBehindProxy();
  const refusedSweep = new Writable({
    write(chunk, _encoding, done) {
      if (JSON.parse(String(chunk)).timer === 'expire') this.emit('refused');
      done();
    },
  });
  system.startWorker({ log: pino(refusedSweep) });
  const client = new Client(system.url);
  const sale = await client.createSale({ stock: 1 });
  const ann = await client.token('ann');
  const { ticketId, order } = await client.buy(sale, ann);
  postgres.setAway(true);
  const shard = system.shards.at(0);
  const at = shard.keys.at(await shard.epoch());
  const [deadline = ''] = await system.redis.zrange(at.deadlines, '0', '-1');
  await system.redis.zadd(at.deadlines, String(Date.now()), deadline);
  // A sweep asks Postgres only when a deadline is over by Redis: it has found one now.
  await once(refusedSweep, 'refused');
  const { sale: saleKey } = at.sale(sale.id);
  expect(await system.redis.hmget(saleKey, 'a0', 'h0')).toEqual(['0', '1']);

  postgres.setAway(false);
  await endHold(system, order?.id ?? '');
  await expect.poll(async () => (await client.poll(ticketId, ann, 0)).status).toBe('expired');
  expect(await client.buy(sale, await client.token('bob'))).toMatchObject({ status: 'held' });
  expect(await checkDatabase(system.db)).toEqual([]);
});

it('answers 503 while Redis is unavailable; then the line continues by itself (I4)', async () => {
  const dir = makeTempDir();
  let engine = await startRedis({ dir });
  const system = await startSystem({
    startRedis: async () => ({ url: engine.url, stop: () => engine.stop() }),
  });
  onTestFinished(() => system.stop());
  const client = new Client(system.url);
  const sale = await client.createSale({ stock: 3 });
  const ann = await client.token('ann');
  const bob = await client.token('bob');
  const waiting = (await client.take(sale, ann)).body;
  system.startWorker();
  const first = await client.poll(waiting.ticketId, ann);
  await system.stopWorker();
  const second = (await client.take(sale, bob)).body; // accepted and not decided
  system.startWorker();
  await engine.kill();

  const refused = await client.take(sale, await client.token('cid'));
  expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await client.call('GET', '/healthz')).status).toBe(200);
  const ready = await client.call('GET', '/readyz');
  expect(ready).toMatchObject({ status: 503, body: { redis: 'down', postgres: 'up' } });

  engine = await startRedis({ dir, port: engine.port });
  await expect.poll(async () => (await client.call('GET', '/readyz')).status).toBe(200);
  expect(await client.poll(second.ticketId, bob)).toMatchObject({ status: 'held', lineNumber: 2 });
  expect(await client.poll(waiting.ticketId, ann)).toEqual(first);
  const third = await client.buy(sale, await client.token('cid'));
  expect(third).toMatchObject({ status: 'held', lineNumber: 3 });
  expect(await checkDatabase(system.db)).toEqual([]);
});
