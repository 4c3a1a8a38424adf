import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { compare, reconcile } from '../../src/line/reconcile.ts';
import type { Shard } from '../../src/line/shard.ts';
import type { EpochKeys, SaleKeys } from '../../src/redis/keys.ts';
import { release } from '../../src/redis/scripts/release.ts';
import { Client } from '../support/client.ts';
import { silent } from '../support/database.ts';
import { startPart } from '../support/parts.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

describe('the reconciler (I1, I6, I7, I9)', () => {
  let system: TestSystem;
  let client: Client;
  let sale: SaleView;
  let shard: Shard;
  let at: EpochKeys;
  let keys: SaleKeys;
  beforeEach(async () => {
    system = await startSystem();
    client = new Client(system.url);
    sale = await client.createSale({ stock: 3 });
    system.startWorker();
    await client.buy(sale, await client.token('ann'), { key: 'k' });
    await client.buy(sale, await client.token('bob'));
    await client.call('POST', `/api/admin/products/${sale.products[0]?.id}/restock`, {
      token: await client.token('seller', 'admin'),
      headers: { 'idempotency-key': 'r' },
      body: { delta: 1 },
    });
    shard = system.shards.at(0);
    at = shard.keys.at(await shard.epoch());
    keys = at.sale(sale.id);
  });
  afterEach(() => system.stop());

  const reconcileAll = () =>
    reconcile({ redis: system.redis, db: system.db, log: silent }, shard, 'all');

  /** What is done to Redis behind our back, and the field that is found to differ. */
  const tampering: [string, () => Promise<unknown>, object][] = [
    [
      'a unit more',
      () => system.redis.hincrby(keys.sale, 'a0', 1),
      { part: 'sale', field: 'a0', redis: '3', postgres: '2' },
    ],
    [
      'a hold that is gone',
      async () => system.redis.hdel(keys.holds, ...(await system.redis.hkeys(keys.holds))),
      { part: 'holds', redis: undefined },
    ],
    [
      'a hold that nobody took',
      () => system.redis.hset(keys.holds, 'x.0', '1|x.0.1.1.1.0x1.|eve'),
      { part: 'holds', field: 'x.0', postgres: undefined },
    ],
    [
      'a buyer without a claim',
      () => system.redis.hdel(keys.buyers, 'bob'),
      { part: 'buyers', field: 'bob', redis: undefined },
    ],
    [
      'holds that never end',
      () => system.redis.del(at.deadlines),
      { part: 'deadlines', redis: undefined },
    ],
    [
      'outcomes that are gone',
      () => system.redis.del(keys.outcomes),
      { part: 'outcomes', redis: undefined },
    ],
    [
      'a restock that is forgotten',
      () => system.redis.del(keys.restocks),
      { part: 'restocks', redis: undefined },
    ],
    [
      'an attempt that is forgotten',
      () => system.redis.del(keys.attempts),
      { part: 'attempts', redis: undefined },
    ],
  ];

  it.each(tampering)('finds and repairs %s', async (_, tamper, expected) => {
    await system.stopWorker();
    expect(await reconcileAll()).toMatchObject({ status: 'same' });
    await tamper();
    const found = await reconcileAll();
    if (found.status !== 'different') throw new Error(`it is ${found.status}`);
    expect(found.drift[0]).toMatchObject(expected);
    expect(await reconcileAll()).toMatchObject({ status: 'same' });
  });

  it('takes what a newer version keeps of a sale beside the rest for no drift', async () => {
    await system.stopWorker();
    await system.redis.hset(keys.sale, 'giftWrapped', '1');
    expect(await reconcileAll()).toMatchObject({ status: 'same' });
  });

  it('says nothing while entries are on their way', async () => {
    await system.stopWorker();
    const order = await system.db
      .selectFrom('orders')
      .select(['ticket_id', 'hold_seq'])
      .executeTakeFirstOrThrow();
    await shard.run(release, {
      sale: sale.id,
      holds: [{ identity: order.ticket_id, holdSeq: order.hold_seq }],
      cause: 'expired',
    });
    expect(await reconcileAll()).toEqual({ status: 'busy' });
    await shard.drain();
    expect(await reconcileAll()).toMatchObject({ status: 'same' });
  });

  it('leaves alone what cannot change any more, and looks at it again when it did', async () => {
    await system.stopWorker();
    const { seq } = (await reconcileAll()) as { seq: number };
    await system.db.updateTable('sales').set({ closed: 'closed' }).execute();
    const changedSince = (since: number) => compare(system, shard, { changed: { since } });
    expect(await changedSince(seq)).toEqual({ status: 'same', seq });
    expect(await changedSince(seq - 1)).toMatchObject({
      status: 'different',
      drift: [{ part: 'sale', field: 'closed', redis: '', postgres: 'closed' }],
    });
  });

  it('runs on a timer of the workers: the line goes on with what is true', async () => {
    await system.redis.hincrby(keys.sale, 'a0', 5);
    const epoch = await shard.epoch();
    await expect.poll(() => system.redis.get(shard.keys.epoch)).toBe(String(epoch + 1));
    const bought = [];
    for (const name of ['cid', 'dot', 'eva']) {
      bought.push((await client.buy(sale, await client.token(name))).status);
    }
    expect(bought).toEqual(['held', 'held', 'sold_out']);
  });

  it('counts the drift in the metrics of the worker that found it', async () => {
    await system.stopWorker();
    const env = { REDIS_URL: system.redisUrl, DATABASE_URL: system.databaseUrl };
    const worker = startPart('worker', env);
    onTestFinished(async () => void (await worker.end('SIGKILL')));
    await system.redis.hincrby(keys.sale, 'a0', 5);
    await expect
      .poll(async () => (await client.call<string>('GET', '/metrics')).body)
      .toContain('fairline_drift_total{part="sale"} 1');
  });

  it('says what the drift was', async () => {
    await system.stopWorker();
    const lines: Record<string, unknown>[] = [];
    const log = pino(
      new Writable({
        write(chunk, _encoding, done) {
          lines.push(JSON.parse(String(chunk)));
          done();
        },
      }),
    );
    await system.redis.hincrby(keys.sale, 'h0', -1);
    await reconcile({ redis: system.redis, db: system.db, log }, shard, 'all');
    expect(lines).toMatchObject([
      {
        msg: 'Redis differed from Postgres: rebuilding it',
        shard: 0,
        fields: 1,
        drift: [{ part: 'sale', key: keys.sale, field: 'h0', redis: '1', postgres: '2' }],
      },
    ]);
  });
});
