import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { ProgressWatch } from '../../src/line/progress.ts';
import { connectRedis, type RedisClient } from '../../src/redis/client.ts';
import { Client } from '../support/client.ts';
import { silent } from '../support/database.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

describe('progress whose announcements are lost', () => {
  let system: TestSystem;
  let subscriber: RedisClient;
  let progress: ProgressWatch;
  const watch = async (restMs: number) => {
    system = await startSystem();
    subscriber = connectRedis(system.redisUrl, 'subscriber', silent);
    const deps = { redis: system.redis, subscriber, log: silent };
    progress = new ProgressWatch(deps, restMs);
    progress.start();
    await progress.ensure(0);
    subscriber.disconnect(); // it hears nothing from now on
  };
  afterEach(async () => {
    progress.stop();
    await system.stop();
  });

  it('is read: of a line that moved, for those who wait, and for those who come', async () => {
    await watch(0);
    const client = new Client(system.url);
    const sale = await client.createSale({ stock: 1 });
    system.startWorker();
    const token = await client.token('ann');
    const reached = Promise.withResolvers<void>();
    const { ticketId } = (await client.take(sale, token)).body;
    progress.onReach(0, progress.job(0) + 1, reached.resolve);
    await reached.promise;
    await client.poll(ticketId, token);
    await expect.poll(() => progress.passed(0, sale.id)).toBe(1);
    // No job came: it is seen when the shard at rest is read.
    const moved = Promise.withResolvers<void>();
    progress.onMove(0, moved.resolve);
    await client.call('DELETE', `/api/tickets/${ticketId}`, { token });
    await moved.promise;
  });

  describe('of a shard whose tickets are decided', () => {
    let sale: SaleView;
    let fresh: ProgressWatch;
    beforeEach(async () => {
      await watch(0);
      const client = new Client(system.url);
      sale = await client.createSale({ stock: 1 });
      system.startWorker();
      await client.buy(sale, await client.token('ann'));
      await progress.refresh();
      fresh = new ProgressWatch({ redis: system.redis, subscriber, log: silent });
    });

    it('is known to all who come first, and not to one of them alone', async () => {
      const jobs = await Promise.all([1, 2].map(() => fresh.ensure(0).then(() => fresh.job(0))));
      expect(jobs).toEqual([progress.job(0), progress.job(0)]);
      expect(jobs[0]).toBeGreaterThan(0);
    });

    it('is read, also where something of it was heard: no poll is answered before', async () => {
      fresh.queuedAtLeast(0, progress.job(0) + 1);
      expect(fresh.hasQueued(0, progress.job(0))).toBe(false);
      await fresh.ensure(0);
      expect(fresh.hasQueued(0, progress.job(0))).toBe(true);
      expect(fresh.passed(0, sale.id)).toBe(1);
    });
  });

  it('of a shard at rest costs one command a second, whoever watches', async () => {
    await watch(3_600_000);
    progress.onMove(0, () => undefined);
    const reads = async () =>
      Number(/cmdstat_hgetall:calls=(\d+)/.exec(await system.redis.info('commandstats'))?.[1] ?? 0);
    const looks = async () =>
      Number(/cmdstat_mget:calls=(\d+)/.exec(await system.redis.info('commandstats'))?.[1] ?? 0);
    await system.shards.at(0).check();
    await progress.refresh();
    const [readsBefore, looksBefore] = [await reads(), await looks()];
    await expect.poll(looks).toBeGreaterThanOrEqual(looksBefore + 4); // the API's own as well
    expect(await reads()).toBe(readsBefore);
  });
});
