import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { compare } from '../../src/line/reconcile.ts';
import type { Shard } from '../../src/line/shard.ts';
import { close } from '../../src/redis/scripts/close.ts';
import { expireHolds } from '../../src/workers/sweeps/expire.ts';
import { reconcileShards } from '../../src/workers/sweeps/reconcile.ts';
import { checkDatabase } from '../support/checker.ts';
import { Client } from '../support/client.ts';
import { silent } from '../support/database.ts';
import { endHold } from '../support/holds.ts';
import { copyOf } from '../support/redis-copy.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

describe('a hold that ends in a closed sale, when a primary dies after its answer (I7)', () => {
  let system: TestSystem;
  let shard: Shard;
  let orderId: string;
  beforeEach(async () => {
    system = await startSystem();
    const client = new Client(system.url);
    const sale = await client.createSale({ stock: 1 });
    system.startWorker();
    orderId = (await client.buy(sale, await client.token('ann'))).order?.id ?? '';
    shard = system.shards.at(0);
    await shard.change(close, { sale: sale.id, cause: 'closed' });
    await system.stopWorker();
    await endHold(system, orderId);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await system.stop();
  });

  const status = async () => {
    const orders = system.db.selectFrom('orders').select('status').where('id', '=', orderId);
    return (await orders.executeTakeFirstOrThrow()).status;
  };
  const deadlines = async () =>
    system.redis.zrange(shard.keys.at(await shard.epoch()).deadlines, '0', '-1');
  const sweep = () => {
    const { redis, db } = system;
    return expireHolds({ redis, db, asksStripe: false }).run(shard, Date.now() + 60_000);
  };
  /** Sweeps; the replica that takes over has not got the release. */
  const sweepAndFailOver = async () => {
    const failOver = await copyOf(system.redis);
    const run = shard.run.bind(shard);
    const once = vi.spyOn(shard, 'run').mockImplementationOnce(async (...args) => {
      const reply = await run(...args);
      await failOver();
      shard.invalidate(); // as a reconnect does
      return reply;
    });
    await sweep();
    expect(once).toHaveBeenCalled();
    expect(await status()).toBe('held');
  };

  it('keeps its deadline, and ends at the next look', async () => {
    await sweepAndFailOver();
    expect(await deadlines()).toHaveLength(1);
    await sweep();
    expect([await status(), await deadlines()]).toEqual(['expired', []]);
    expect(await checkDatabase(system.db)).toEqual([]);
  });

  it('without the deadline it is held for ever, and Redis differs from Postgres', async () => {
    await sweepAndFailOver();
    await system.redis.del(shard.keys.at(await shard.epoch()).deadlines);
    await sweep();
    expect(await status()).toBe('held');
    const drift = [{ part: 'deadlines', redis: undefined }];
    expect(await compare(system, shard, 'all')).toMatchObject({ status: 'different', drift });
  });

  it('a closed sale is compared again when Redis was away', async () => {
    const { redis, db } = system;
    const reconciling = reconcileShards({ redis, db, log: silent });
    const epoch = await shard.epoch();
    const reconcile = async () => {
      await redis.del(shard.keys.reconciled);
      await reconciling.run(shard, Date.now());
      return shard.epoch();
    };
    await reconcile();
    await redis.del(shard.keys.at(epoch).deadlines);
    expect(await reconcile()).toBe(epoch); // closed, and as it was
    reconciling.invalidate?.();
    expect(await reconcile()).toBe(epoch + 1);
    expect(await deadlines()).toHaveLength(1);
  });
});
