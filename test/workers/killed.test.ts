import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compare } from '../../src/line/reconcile.ts';
import { Script } from '../../src/redis/script.ts';
import { close } from '../../src/redis/scripts/close.ts';
import { kindsOf, tracesOf } from '../support/archived.ts';
import { checkDatabase } from '../support/checker.ts';
import { Client } from '../support/client.ts';
import { endHold } from '../support/holds.ts';
import { KilledWorker } from '../support/killed-worker.ts';
import type { Held, TcpProxy } from '../support/proxy.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

/** The name by which Redis knows a script of ours. */
const call = (name: string) => new Script(name).sha;

describe('a worker process killed', () => {
  let system: TestSystem;
  let client: Client;
  let worker: KilledWorker<'REDIS_URL' | 'DATABASE_URL'>;
  let redis: TcpProxy;
  let postgres: TcpProxy;
  beforeAll(async () => {
    system = await startSystem();
    client = new Client(system.url);
    const { redisUrl, databaseUrl } = system;
    worker = await KilledWorker.start({ REDIS_URL: redisUrl, DATABASE_URL: databaseUrl });
    ({ REDIS_URL: redis, DATABASE_URL: postgres } = worker.proxies);
  });
  afterAll(async () => {
    await worker.stop();
    await system.stop();
  });

  /** Everything adds up, in the log, in its projections and in Redis. */
  const expectAllWell = async () => {
    expect(await checkDatabase(system.db)).toEqual([]);
    const shard = system.shards.at(0);
    await expect
      .poll(async () => {
        shard.invalidate();
        return compare(system, shard, 'all');
      })
      .toMatchObject({ status: 'same' });
  };

  const buyFirst = async () => {
    const sale = await client.createSale({ stock: 2 });
    const ticket = await client.buy(sale, await client.token('ann'));
    expect(ticket).toMatchObject({ status: 'held', lineNumber: 1 });
    return { sale, orderId: ticket.order?.id ?? '' };
  };

  /** What the line sends, in its order; each text is in one request only. */
  const decideSteps: [string, () => Held][] = [
    ['before decide', () => redis.hold(call('decide'))],
    [
      'after decide and before the transaction',
      () => postgres.hold('update "shards" set "log_seq"'),
    ],
    ['inside the transaction', () => postgres.hold('insert into log')],
    ['before the commit', () => postgres.hold('insert into log', 'commit')],
    ['between commit and publish', () => redis.hold(call('publish'))],
    ['between publish and completing the job', () => redis.hold(call('publish'), ':completed')],
  ];

  it.each(decideSteps)('%s: the ticket is decided once, in its place', async (_, hold) => {
    const { sale } = await buyFirst();
    const point = hold();
    const tokens = await Promise.all(['bob', 'cid'].map((name) => client.token(name)));
    const tickets = [];
    for (const token of tokens) {
      tickets.push({ token, ticketId: (await client.take(sale, token)).body.ticketId });
    }
    await worker.killAt(point);
    const decided = [];
    for (const { token, ticketId } of tickets) decided.push(await client.poll(ticketId, token));
    expect(decided.map(({ status, lineNumber }) => [status, lineNumber])).toEqual([
      ['held', 2],
      ['sold_out', 3],
    ]);
    await expectAllWell();
  });

  /** What the sweep of a hold sends, in its order. */
  const sweepSteps: [string, () => Held][] = [
    ['before the release', () => redis.hold(call('release'))],
    [
      'after the release and before the transaction',
      () => postgres.hold('update "shards" set "log_seq"'),
    ],
    ['inside the transaction', () => postgres.hold('insert into log')],
    ['before the commit', () => postgres.hold('insert into log', 'commit')],
    ['between commit and publish', () => redis.hold(call('publish'))],
    ['between publish and taking the deadline off', () => redis.hold(call('publish'), 'zrem')],
  ];

  it.each(sweepSteps)('in a sweep, %s: the unit comes back once', async (_, hold) => {
    const { sale, orderId } = await buyFirst();
    const point = hold();
    await endHold(system, orderId);
    await worker.killAt(point);
    const stock = { total: 2, available: 2, held: 0, sold: 0 };
    await expect.poll(async () => (await client.sale(sale.id)).products[0]?.stock).toEqual(stock);
    await expectAllWell();
  });

  /** What the sweep sends that archives a sale, in its order. */
  const archiveSteps: [string, () => Held][] = [
    ['before it', () => redis.hold(call('archive'))],
    ['before the transaction', () => postgres.hold('update "shards" set "log_seq"')],
    ['before the commit', () => postgres.hold('insert into log', 'commit')],
    ['between commit and publish', () => redis.hold(call('publish'))],
  ];

  it.each(archiveSteps)('archiving, %s: the sale leaves Redis, once', async (_, hold) => {
    const { sale, orderId } = await buyFirst();
    const ann = await client.token('ann');
    const orders = await client.orders(ann, `?saleId=${sale.id}`);
    await client.call('POST', `/api/orders/${orderId}/cancel`, { token: ann });
    const shard = system.shards.at(0);
    shard.invalidate();
    await shard.change(close, { sale: sale.id, cause: 'closed' });
    const { last_seq: last } = await system.db
      .selectFrom('sales')
      .select('last_seq')
      .where('id', '=', sale.id)
      .executeTakeFirstOrThrow();
    const history = system.db.selectFrom('history').select('seq').where('shard', '=', 0);
    await expect
      .poll(async () => (await history.executeTakeFirst())?.seq ?? 0)
      .toBeGreaterThanOrEqual(last ?? 0);
    const twoHoursAgo = sql<Date>`clock_timestamp() - interval '2 hours'`;
    await system.owner.updateTable('log').set({ recorded_at: twoHoursAgo }).execute();
    const point = hold();
    worker.startAnother(); // it looks at once
    await worker.killAt(point);
    await expect.poll(() => tracesOf(system.redis, shard, sale.id)).toEqual([]);
    expect((await kindsOf(system.db, sale.id)).filter((kind) => kind === 'archive')).toHaveLength(
      1,
    );
    const { ticketId = '' } = orders[0] ?? {};
    expect(await client.poll(ticketId, ann, 0)).toMatchObject({ status: 'cancelled' });
    await expectAllWell();
  });

  it('after release and offer, unrecorded: the first in line gets it (I2, I4, I7)', async () => {
    const sale = await client.createSale({ stock: 1, waitlist: true });
    const ann = await client.buy(sale, await client.token('ann'));
    const tokens = await Promise.all(['bob', 'cid'].map((name) => client.token(name)));
    const waiting = [];
    for (const token of tokens) waiting.push({ token, ...(await client.buy(sale, token)) });
    expect(waiting.map(({ status }) => status)).toEqual(['waitlisted', 'waitlisted']);
    const point = postgres.hold('update "shards" set "log_seq"');
    await endHold(system, ann.order?.id ?? '');
    await point.reached;
    await worker.kill();
    const polls = waiting.map(({ ticketId, token }) => client.poll(ticketId, token));
    worker.startAnother();
    const bob = await polls[0];
    expect(bob?.status).toBe('held');
    await endHold(system, bob?.order?.id ?? '');
    expect((await polls[1])?.status).toBe('held');
    await expectAllWell();
  });

  it('or delayed past its lock: another decides, the late call is void (I2, I3)', async () => {
    const { sale } = await buyFirst();
    const point = redis.hold(call('decide'));
    const bob = await client.token('bob');
    const { ticketId } = (await client.take(sale, bob)).body;
    await point.reached;
    worker.startAnother();
    const second = await client.poll(ticketId, bob);
    expect(second).toMatchObject({ status: 'held', lineNumber: 2 });
    const cid = await client.buy(sale, await client.token('cid'));
    expect(cid).toMatchObject({ status: 'sold_out', lineNumber: 3 });
    const late = redis.hold(':completed'); // the last that it does for a job
    point.letGo();
    await late.reached;
    late.letGo();
    expect(await client.poll(ticketId, bob)).toEqual(second);
    await expectAllWell();
  });
});
