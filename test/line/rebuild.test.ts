import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { ensureShards } from '../../src/db/shards.ts';
import { Shards } from '../../src/line/shards.ts';
import { connectRedis } from '../../src/redis/client.ts';
import { checkDatabase, checkProgress } from '../support/checker.ts';
import { Client } from '../support/client.ts';
import { silent } from '../support/database.ts';
import { decideWaiting } from '../support/decide-waiting.ts';
import { startPart } from '../support/parts.ts';
import { proxyTo } from '../support/proxy.ts';
import { copyOf } from '../support/redis-copy.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

describe('rebuild from Postgres (I9)', () => {
  let system: TestSystem;
  let client: Client;
  let sale: SaleView;
  beforeEach(async () => {
    system = await startSystem();
    client = new Client(system.url);
    sale = await client.createSale({ stock: 3 });
  });
  afterEach(() => system.stop());

  const flush = async () => {
    await system.redis.flushall();
    await system.shards.at(0).check(); // what every worker does twice a second
  };

  it('after FLUSHALL in a sale: no oversell, no second decision, no silent loss', async () => {
    system.startWorker();
    const ann = await client.token('ann');
    const first = await client.buy(sale, ann, { key: 'k' });
    const bob = await client.buy(sale, await client.token('bob'));
    await system.stopWorker();
    const cid = await client.token('cid');
    const lost = (await client.take(sale, cid, { key: 'again' })).body;
    await flush();

    system.startWorker();
    expect(await client.poll(first.ticketId, ann)).toEqual(first);
    await expect
      .poll(async () => client.poll(lost.ticketId, cid, 0))
      .toMatchObject({ status: 'rejected', reason: 'line_restarted' });
    expect(await client.buy(sale, ann, { key: 'k' })).toMatchObject({
      status: 'held',
      lineNumber: 1,
      order: first.order,
    });
    const again = await client.buy(sale, cid, { key: 'again' });
    expect(again).toMatchObject({ status: 'held', lineNumber: 3 });
    // Sent again with its key, the attempt is decided and all its tickets show it.
    expect(await client.poll(lost.ticketId, cid)).toMatchObject({
      status: 'held',
      lineNumber: 3,
      order: again.order,
    });
    expect(await client.buy(sale, await client.token('dot'))).toMatchObject({ status: 'sold_out' });
    expect(await client.buy(sale, await client.token('bob'))).toMatchObject({
      status: 'rejected',
      reason: 'duplicate',
      duplicateOf: bob.ticketId,
    });

    expect(await checkDatabase(system.db)).toEqual([]);
  });

  it('after two losses with nothing decided between them: nobody waits for ever', async () => {
    const tickets: { ticketId: string; token: string }[] = [];
    const take = async (name: string) => {
      const token = await client.token(name);
      tickets.push({ ticketId: (await client.take(sale, token)).body.ticketId, token });
    };
    await take('ann');
    await flush();
    await take('bob');
    await flush();
    system.startWorker();
    for (const { ticketId, token } of tickets) {
      await expect
        .poll(async () => (await client.poll(ticketId, token, 0)).reason)
        .toBe('line_restarted');
    }
    expect(await client.buy(sale, await client.token('cid'))).toMatchObject({ lineNumber: 1 });
  });

  it('of an older copy of Redis: what the log knows stands', async () => {
    system.startWorker();
    await client.buy(sale, await client.token('ann'));
    await system.stopWorker();
    const { redis } = system;
    const restore = await copyOf(redis);
    system.startWorker();
    const bob = await client.token('bob');
    const second = await client.buy(sale, bob);
    await system.stopWorker();
    await restore();
    await system.shards.at(0).check();

    system.startWorker();
    expect(await client.poll(second.ticketId, bob)).toEqual(second);
    const third = await client.buy(sale, await client.token('cid'));
    expect(third).toMatchObject({ status: 'held', lineNumber: 3 });
    expect(await client.buy(sale, await client.token('dot'))).toMatchObject({ status: 'sold_out' });
  });

  it('of an older copy not behind the log: tickets accepted since are informed (I4)', async () => {
    system.startWorker();
    await client.buy(sale, await client.token('ann'));
    await system.stopWorker();
    const { redis } = system;
    const restore = await copyOf(redis);
    const lost: { ticketId: string; token: string }[] = [];
    for (const name of ['bob', 'cid']) {
      const token = await client.token(name);
      const { ticketId } = (await client.take(sale, token)).body;
      expect((await client.poll(ticketId, token, 0)).status).toBe('queued');
      lost.push({ ticketId, token });
    }
    await restore();

    system.startWorker();
    const dot = await client.buy(sale, await client.token('dot'));
    expect(dot).toMatchObject({ status: 'held', lineNumber: 2 });
    for (const { ticketId, token } of lost) {
      await expect
        .poll(async () => client.poll(ticketId, token, 0))
        .toMatchObject({ status: 'rejected', reason: 'line_restarted' });
    }
    const again = await client.buy(sale, lost[0]?.token ?? '');
    expect(again).toMatchObject({ status: 'held', lineNumber: 3 });
    expect(await checkDatabase(system.db)).toEqual([]);
  });

  it('when Postgres was restored to an older state: Redis follows it', async () => {
    system.startWorker();
    await client.buy(sale, await client.token('ann'));
    await system.stopWorker();
    const shard = system.shards.at(0);
    const epoch = await shard.epoch();
    const at = shard.keys.at(epoch);
    // As if the last entry of the log had never been committed.
    await system.redis.hset(shard.keys.progress, 'seq', 3);
    await system.redis.hset(at.state, 'seq', 3);
    await shard.check();
    expect(await shard.epoch()).toBe(epoch + 1);
    expect(await checkProgress(system, 0)).toEqual([]);
    system.startWorker();
    const bob = await client.buy(sale, await client.token('bob'));
    expect(bob).toMatchObject({ status: 'held', lineNumber: 2 });
  });

  it('does not wait for a process that was stopped in the middle of a rebuild', async () => {
    const proxy = await proxyTo(new URL(system.databaseUrl));
    onTestFinished(() => proxy.close());
    await client.take(sale, await client.token('ann'));
    await system.redis.flushall();
    const stopped = proxy.hold('update "shards" set "epoch"');
    const worker = startPart('worker', { REDIS_URL: system.redisUrl, DATABASE_URL: proxy.url });
    onTestFinished(async () => void (await worker.end('SIGKILL')));
    await stopped.reached; // it has the lock
    worker.process.kill('SIGSTOP');
    system.startWorker();
    const bob = await client.token('bob');
    await expect.poll(async () => (await client.take(sale, bob)).status).toBe(202);
  });

  it('keeps waiting batches, their numbers and requested cancels', async () => {
    const ann = await client.token('ann');
    const taken = (await client.take(sale, ann)).body;
    await client.call('DELETE', `/api/tickets/${taken.ticketId}`, { token: ann });
    const shard = system.shards.at(0);
    // Decided, not recorded: the rebuild drops that, and the request must still be there.
    expect((await decideWaiting(system, shard)).status).toBe('DECIDED');
    await shard.rebuild({ seen: await shard.epoch() });
    system.startWorker();
    expect(await client.poll(taken.ticketId, ann)).toMatchObject({
      status: 'cancelled',
      lineNumber: 1,
    });
  });

  it('does nothing when another process wrote the first epoch during the check', async () => {
    const proxy = await proxyTo(new URL(system.redisUrl));
    const redis = connectRedis(proxy.url, 'worker', silent);
    const late = new Shards({ redis, db: system.db, log: silent });
    onTestFinished(async () => {
      redis.disconnect();
      await proxy.close();
    });
    await ensureShards(system.db, 2);
    const asked = proxy.hold(late.at(1).keys.epoch);
    const check = late.at(1).check();
    await asked.reached; // it has read the log of a new shard
    await system.shards.at(1).check();
    asked.letGo();
    await check;
    expect(await late.at(1).epoch()).toBe(1);
  });

  it('ends in one epoch, however many find it wanting', async () => {
    const shard = system.shards.at(0);
    const epoch = await shard.epoch();
    const epochs = await Promise.all(
      Array.from({ length: 4 }, () => system.shards.at(0).rebuild({ seen: epoch })),
    );
    // Who looks between the raise in Postgres and the flip in Redis may rebuild once more.
    expect(await shard.epoch()).toBe(Math.max(...epochs));
    for (const one of epochs) expect(one).toBeGreaterThan(epoch);
  });
});
