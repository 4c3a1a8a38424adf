import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkDatabase } from '../support/checker.ts';
import { Client } from '../support/client.ts';
import { type Part, saysOf, startPart } from '../support/parts.ts';
import { proxyTo, type TcpProxy } from '../support/proxy.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

describe('a worker process that gets SIGTERM', () => {
  let system: TestSystem;
  let client: Client;
  let postgres: TcpProxy;
  let worker: Part;
  beforeEach(async () => {
    system = await startSystem();
    client = new Client(system.url);
    postgres = await proxyTo(new URL(system.databaseUrl));
    const env = {
      REDIS_URL: system.redisUrl,
      DATABASE_URL: postgres.url,
      LOG_LEVEL: 'info',
    };
    worker = startPart('worker', env);
  });
  afterEach(async () => {
    await worker.end('SIGKILL');
    postgres.close();
    await system.stop();
  });

  it('sees the group in hand through and ends with 0; nobody else has to', async () => {
    const sale = await client.createSale({ stock: 2 });
    await client.buy(sale, await client.token('ann'));
    const point = postgres.hold('insert into log');
    const bob = await client.token('bob');
    const { ticketId } = (await client.take(sale, bob)).body;
    await point.reached;
    const ending = saysOf(worker, 'ending');
    const ended = worker.end('SIGTERM');
    await ending; // it has heard it, with the group in hand
    point.letGo();
    expect(await ended).toBe(0);
    expect(await client.poll(ticketId, bob, 0)).toMatchObject({ status: 'held', lineNumber: 2 });
    const { keys } = system.shards.at(0);
    expect(await system.redis.exists(keys.queue('wait'), keys.queue('active'))).toBe(0);
  });

  it('while Postgres is down returns its job to the head and exits with 0', async () => {
    const sale = await client.createSale({ stock: 3 });
    await client.buy(sale, await client.token('ann'));
    const shard = system.shards.at(0);
    const { state } = shard.keys.at(await shard.epoch());
    postgres.setAway(true);
    const taken = [];
    for (const name of ['bob', 'cid']) {
      const token = await client.token(name);
      taken.push({ token, ticketId: (await client.take(sale, token)).body.ticketId });
    }
    const last = await system.redis.get(shard.keys.queue('id'));
    await expect.poll(() => system.redis.hget(state, 'decided')).toBe(last);
    expect(await worker.end('SIGTERM')).toBe(0);
    const waiting = await system.redis.lrange(shard.keys.queue('wait'), 0, -1);
    expect(waiting).toEqual([last, String(Number(last) - 1)]); // the head is on the right

    system.startWorker();
    const decided = [];
    for (const { token, ticketId } of taken) decided.push(await client.poll(ticketId, token));
    expect(decided.map(({ lineNumber }) => lineNumber)).toEqual([2, 3]);
    expect(await checkDatabase(system.db)).toEqual([]);
  });
});
