import type { KyselyPlugin } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { compare } from '../../src/line/reconcile.ts';
import { record } from '../../src/line/record.ts';
import { restoreSale } from '../../src/line/restore.ts';
import type { Shard } from '../../src/line/shard.ts';
import { Shards } from '../../src/line/shards.ts';
import { connectRedis } from '../../src/redis/client.ts';
import { readUnpublished } from '../../src/redis/journal.ts';
import { archive } from '../../src/redis/scripts/archive.ts';
import { close } from '../../src/redis/scripts/close.ts';
import { restock } from '../../src/redis/scripts/restock.ts';
import { restore } from '../../src/redis/scripts/restore.ts';
import { kindsOf, tracesOf } from '../support/archived.ts';
import { checkDatabase } from '../support/checker.ts';
import { Client } from '../support/client.ts';
import { silent } from '../support/database.ts';
import { writeEndedSales } from '../support/ended-sales.ts';
import { withoutProtections } from '../support/protection.ts';
import { proxyTo } from '../support/proxy.ts';
import { copyOf } from '../support/redis-copy.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

describe('archiving, when something fails', () => {
  let system: TestSystem;
  let client: Client;
  let sale: SaleView;
  let shard: Shard;
  let ann: string;
  let ticketId: string;
  beforeEach(async () => {
    system = await startSystem();
    client = new Client(system.url);
    sale = await client.createSale({ products: [{ stock: 2, amount: 0 }] });
    shard = newShard();
    system.startWorker();
    ann = await client.token('ann');
    const won = await client.buy(sale, ann, { key: 'k' });
    ({ ticketId } = won);
    await client.call('POST', `/api/orders/${won.order?.id}/confirm`, { token: ann });
    await shard.change(close, { sale: sale.id, cause: 'closed' });
    await system.stopWorker();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await system.stop();
  });

  /** The shard as another process has it. */
  const newShard = ({ redis, db }: Pick<TestSystem, 'redis' | 'db'> = system) =>
    new Shards({ redis, db, log: silent }).at(0);
  const traces = () => tracesOf(system.redis, shard, sale.id);
  const put = (by = shard) => by.run(archive, { sale: sale.id, afterJob: 0 });
  const archiveIt = async () => {
    const { status } = await shard.change(archive, { sale: sale.id, afterJob: 0 });
    expect(status).toBe('ARCHIVED');
  };
  const add = (by: Shard, key: string) =>
    by.change(restock, { sale: sale.id, index: 0, delta: 1, key });
  const total = async () => {
    const products = system.db.selectFrom('products').select('total');
    return (await products.where('sale_id', '=', sale.id).executeTakeFirst())?.total;
  };
  const allWell = async () => {
    await shard.drain();
    expect(await checkDatabase(system.db)).toEqual([]);
    shard.invalidate();
    expect(await compare(system, shard, 'all')).toMatchObject({ status: 'same' });
    expect(await client.poll(ticketId, ann, 0)).toMatchObject({ status: 'paid', lineNumber: 1 });
  };

  it('killed before it is recorded: another records it, and it comes back (I4)', async () => {
    expect((await put()).status).toBe('ARCHIVED');
    expect(await client.poll(ticketId, ann, 0)).toMatchObject({ status: 'paid' });
    expect((await add(newShard(), 'a')).status).toBe('RESTOCKED');
    expect((await kindsOf(system.db, sale.id)).slice(-3)).toEqual([
      'archive',
      'restore claims',
      'restock',
    ]);
    await allWell();
  });

  it('killed between commit and publish: no position is left behind', async () => {
    await put();
    const epoch = await shard.epoch();
    const entries = await readUnpublished(system.redis, shard.keys, epoch);
    expect((await record(system.db, 0, epoch, entries)).status).toBe('recorded');
    expect(await traces()).toEqual([`p:${sale.id}`]); // not public yet
    await newShard().drain();
    expect(await traces()).toEqual([]);
    await allWell();
  });

  /** Another process wants to change the sale, and comes as far as a request with this text. */
  const returnUntil = async (mark: string) => {
    const proxy = await proxyTo(new URL(system.redisUrl));
    const redis = connectRedis(proxy.url, 'worker', silent);
    onTestFinished(() => {
      redis.disconnect();
      proxy.close();
    });
    const sleeper = newShard({ ...system, redis });
    await sleeper.epoch();
    const point = proxy.hold(mark);
    const late = add(sleeper, 'late');
    await point.reached;
    return { redis, point, late };
  };

  /** Brings the sale back, and stops there: nothing is recorded. */
  const bringBack = async () => {
    const target = { shard: 0, sale: sale.id, what: 'claims' } as const;
    const reply = await restoreSale(system, shard.keys, await shard.epoch(), target);
    expect(reply?.status).toBe('RESTORED');
  };

  it('killed while a sale comes back: what was written of it is gone some time', async () => {
    await archiveIt();
    const { redis, late } = await returnUntil(restore.script.sha);
    redis.disconnect();
    await expect(late).rejects.toThrow();
    const written = await traces();
    expect(written.length).toBeGreaterThan(0);
    for (const key of written) {
      expect(key).toContain(':staged:');
      expect(await system.redis.pttl(key)).toBeGreaterThan(0);
    }
    await add(shard, 'a');
    expect(await total()).toBe(3);
    await allWell();
  });

  it('killed after it came back, unrecorded: another records it (I4)', async () => {
    await archiveIt();
    await bringBack();
    expect((await kindsOf(system.db, sale.id)).at(-1)).toBe('archive');
    await newShard().drain();
    expect((await kindsOf(system.db, sale.id)).slice(-2)).toEqual(['archive', 'restore claims']);
    await allWell();
  });

  it('the shard is rebuilt after it came back, unrecorded: nothing of it is left', async () => {
    await archiveIt();
    await bringBack();
    expect(await traces()).not.toEqual([]);
    await shard.rebuild({ seen: await shard.epoch() });
    expect(await traces()).toEqual([]);
    await add(shard, 'a');
    expect(await total()).toBe(3);
    await allWell();
  });

  it('the shard is rebuilt between commit and publish: nothing of it is left', async () => {
    await put();
    const epoch = await shard.epoch();
    const entries = await readUnpublished(system.redis, shard.keys, epoch);
    expect((await record(system.db, 0, epoch, entries)).status).toBe('recorded');
    await shard.rebuild({ seen: epoch });
    expect(await traces()).toEqual([]);
    await allWell();
  });

  it('Redis is flushed after it came back, unrecorded: it is archived as before (I9)', async () => {
    await archiveIt();
    await bringBack();
    await system.redis.flushall();
    await newShard().check();
    expect(await traces()).toEqual([]);
    shard = newShard();
    await add(shard, 'a');
    expect(await total()).toBe(3);
    await allWell();
  });

  it('Redis is flushed before it is recorded: the sale is there again', async () => {
    await put();
    await system.redis.flushall();
    await newShard().check();
    expect(await kindsOf(system.db, sale.id)).not.toContain('archive');
    expect(await traces()).not.toEqual([]);
    await allWell();
  });

  it('Redis is flushed afterwards: nothing of it comes back', async () => {
    await archiveIt();
    await system.redis.flushall();
    await newShard().check();
    expect(await traces()).toEqual([]);
    await allWell();
    shard = newShard();
    expect((await add(shard, 'a')).status).toBe('RESTOCKED');
    await allWell();
  });

  it('Redis comes back as an older copy, in which the sale was there', async () => {
    const goBack = await copyOf(system.redis);
    await archiveIt();
    await goBack();
    expect(await traces()).not.toEqual([]);
    await newShard().check();
    expect(await traces()).toEqual([]);
    await allWell();
  });

  it('Redis comes back as an older copy, in which it was not there', async () => {
    await archiveIt();
    const goBack = await copyOf(system.redis);
    await add(shard, 'a');
    await goBack();
    await newShard().check();
    shard = newShard();
    expect(await total()).toBe(3);
    await add(shard, 'a'); // it was done
    expect(await total()).toBe(3);
    await allWell();
  });

  describe('a process that sleeps between its snapshot and the return (I9)', () => {
    /** Meanwhile another brings the sale back, changes it and archives it again. */
    const returnLate = async (mark: string) => {
      await archiveIt();
      const { point, late } = await returnUntil(mark);
      await add(shard, 'a');
      await shard.change(archive, { sale: sale.id, afterJob: 0 });
      point.letGo();
      await late;
    };

    it('reads it again', async () => {
      await returnLate(restore.script.sha);
      expect(await total()).toBe(4);
      await allWell();
    });

    it('and without the check of its snapshot Redis differs from Postgres', async () => {
      withoutProtections('restore', { 'archived > tonumber(ARGV[4])': 'false' });
      await returnLate('Brings an archived sale back'); // its text, not its digest
      shard.invalidate();
      expect(await compare(system, shard, 'all')).toMatchObject({ status: 'different' });
    });
  });

  describe('a rebuild reads what lives', () => {
    /** Rows that a rebuild of the shard reads. */
    const rowsRead = async () => {
      let rows = 0;
      const counting: KyselyPlugin = {
        transformQuery: ({ node }) => node,
        transformResult: async ({ result }) => {
          rows += result.rows.length;
          return result;
        },
      };
      const one = newShard({ ...system, db: system.db.withPlugin(counting) });
      await one.rebuild({ seen: await shard.epoch() });
      shard.invalidate();
      return rows;
    };
    it('and nothing of what is archived, however much there is', async () => {
      const before = await rowsRead();
      const ended = { shard: 0, sales: 20, tickets: 300 };
      await writeEndedSales(system.db, { ...ended, isArchived: true });
      expect(await rowsRead()).toBe(before);
      await writeEndedSales(system.db, { ...ended, isArchived: false });
      expect(await rowsRead()).toBeGreaterThan(before + 20 * 20); // ended, and still in Redis
    });
  });
});
