import { hostname } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CLOCK_TOLERANCE_MS } from '../../src/domain/clock.ts';
import { LOOKOUT } from '../../src/redis/keys.ts';
import { endLease, holdLease } from '../../src/redis/lease.ts';
import { LEASE_MS } from '../../src/workers/lookout.ts';
import { checkDatabase } from '../support/checker.ts';
import { Client } from '../support/client.ts';
import { endHold } from '../support/holds.ts';
import { type Part, startPart } from '../support/parts.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

const SHARDS = 4;

describe('the lookout', () => {
  let system: TestSystem;
  let client: Client;
  const parts: Part[] = [];
  beforeAll(async () => {
    system = await startSystem({ shards: SHARDS });
    client = new Client(system.url);
  });
  afterEach(async () => {
    await system.stopWorker();
    for (const part of parts.splice(0)) await part.end('SIGKILL');
  });
  afterAll(() => system.stop());

  const startWorkerPart = () => {
    const env = { REDIS_URL: system.redisUrl, DATABASE_URL: system.databaseUrl };
    const part = startPart('worker', env);
    parts.push(part);
    return part;
  };

  /** Buys as some buyers, and returns their orders. */
  const buyAs = async (...names: string[]) => {
    const sale = await client.createSale({ stock: names.length });
    const orders = [];
    for (const name of names) {
      const ticket = await client.buy(sale, await client.token(name));
      orders.push(ticket.order?.id ?? '');
    }
    return { sale, orders };
  };

  const heldOf = async (id: string) => (await client.sale(id)).products[0]?.stock.held;

  /** The process that has the lease, when one of the given has it. */
  const findHolder = async (among: readonly Part[]) => {
    const name = await system.redis.get(LOOKOUT);
    return among.find(({ process }) => name?.startsWith(`${hostname()}:${process.pid}:`));
  };

  it('is another worker soon after the one that looked was killed', async () => {
    const workers = [startWorkerPart(), startWorkerPart()];
    const { sale, orders } = await buyAs('ann');
    await expect.poll(() => findHolder(workers)).toBeDefined();
    const first = await findHolder(workers);
    await first?.end('SIGKILL');
    await endHold(system, orders[0] ?? '');
    const rest = workers.filter((worker) => worker !== first);
    await expect.poll(() => findHolder(rest)).toBeDefined();
    await expect.poll(() => heldOf(sale.id)).toBe(0);
  });

  it('ends holds when they end by the clock of Postgres, whatever its own', async () => {
    system.startWorker({ nowMs: () => Date.now() - CLOCK_TOLERANCE_MS });
    const sale = await client.createSale({ stock: 1, holdSeconds: 1 });
    const startedMs = performance.now();
    await client.buy(sale, await client.token('ann'));
    await expect.poll(() => heldOf(sale.id)).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(CLOCK_TOLERANCE_MS);
  });

  it('may be two at once: each unit comes back once (I7)', async () => {
    system.startWorker();
    const other = startWorkerPart();
    const { sale, orders } = await buyAs(...Array.from({ length: 30 }, (_, i) => `buyer-${i}`));
    const holders = new Set<string | null>();
    let isOver = false;
    const both = (async () => {
      while (!isOver) holders.add(await system.redis.getdel(LOOKOUT));
    })();
    const isOther = (name: string | null) =>
      name?.startsWith(`${hostname()}:${other.process.pid}:`);
    await expect.poll(() => [...holders].some((name) => isOther(name) === true)).toBe(true);
    await expect.poll(() => [...holders].some((name) => isOther(name) === false)).toBe(true);
    await Promise.all(orders.map((order) => endHold(system, order)));
    await expect.poll(() => heldOf(sale.id)).toBe(0);
    isOver = true;
    await both;
    expect((await client.sale(sale.id)).products[0]?.stock.available).toBe(30);
    expect(await checkDatabase(system.db)).toEqual([]);
  });

  it('notices a flush although nothing announces it', async () => {
    system.startWorker();
    const { sale } = await buyAs('ann');
    const shard = await system.db.selectFrom('sales').select('shard').where('id', '=', sale.id);
    const { shard: id } = await shard.executeTakeFirstOrThrow();
    await system.redis.flushall();
    await expect.poll(() => system.redis.get(system.shards.at(id).keys.epoch)).not.toBeNull();
  });

  it('costs Redis less than 30 commands a second with 4 shards and 2 workers', async () => {
    const workers = [startWorkerPart(), startWorkerPart()];
    await expect.poll(() => findHolder(workers)).toBeDefined();
    const count = async () => {
      const text = await system.redis.info('stats');
      return Number(/total_commands_processed:(\d+)/.exec(text)?.[1]);
    };
    let [before, sinceMs] = [await count(), performance.now()];
    const rate = async () => {
      const [after, nowMs] = [await count(), performance.now()];
      const perSecond = (1000 * (after - before)) / (nowMs - sinceMs);
      [before, sinceMs] = [after, nowMs];
      return perSecond;
    };
    // While they start they do more; then it stays below.
    await expect.poll(rate, { interval: 2 * LEASE_MS }).toBeLessThan(30);
  });
});

describe('the lease', () => {
  let system: TestSystem;
  beforeAll(async () => {
    system = await startSystem();
  });
  afterAll(() => system.stop());

  it('is one holder’s until it gives it back', async () => {
    const { redis } = system;
    expect(await holdLease(redis, 'lease', 'a', 60_000)).toBe('a');
    expect(await holdLease(redis, 'lease', 'b', 60_000)).toBe('a');
    expect(await holdLease(redis, 'lease', 'a', 90_000)).toBe('a');
    expect(await redis.pttl('lease')).toBeGreaterThan(60_000);
    await endLease(redis, 'lease', 'b');
    expect(await holdLease(redis, 'lease', 'b', 60_000)).toBe('a');
    await endLease(redis, 'lease', 'a');
    expect(await holdLease(redis, 'lease', 'b', 60_000)).toBe('b');
  });
});
