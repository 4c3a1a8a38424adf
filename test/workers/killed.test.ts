import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { compare } from '../../src/line/reconcile.ts';
import { Script } from '../../src/redis/script.ts';
import { checkDatabase } from '../support/checker.ts';
import { Client } from '../support/client.ts';
import { type Part, startPart } from '../support/parts.ts';
import { type Held, proxyTo, type TcpProxy } from '../support/proxy.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

/** The name by which Redis knows a script of ours. */
const call = (name: string) => new Script(name).sha;

/**
 * A worker process behind two proxies. Each point is a request of its that is held before the
 * server gets it: everything before it has happened, nothing behind it has.
 */
describe('a worker process killed', () => {
  let system: TestSystem;
  let client: Client;
  let redis: TcpProxy;
  let postgres: TcpProxy;
  let workers: Part[];
  beforeEach(async () => {
    system = await startSystem();
    client = new Client(system.url);
    redis = await proxyTo(new URL(system.redisUrl));
    postgres = await proxyTo(new URL(system.databaseUrl));
    workers = [startPart('worker', { REDIS_URL: redis.url, DATABASE_URL: postgres.url })];
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.end('SIGKILL')));
    redis.close();
    postgres.close();
    await system.stop();
  });

  const startSecond = () =>
    workers.push(
      startPart('worker', { REDIS_URL: system.redisUrl, DATABASE_URL: system.databaseUrl }),
    );

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

  const buyFirst = async (holdSeconds = 600): Promise<SaleView> => {
    const sale = await client.createSale({ stock: 2, holdSeconds });
    const ticket = await client.buy(sale, await client.token('ann'));
    expect(ticket).toMatchObject({ status: 'held', lineNumber: 1 });
    return sale;
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
    const sale = await buyFirst();
    const point = hold();
    const tokens = await Promise.all(['bob', 'cid'].map((name) => client.token(name)));
    const tickets = [];
    for (const token of tokens) {
      tickets.push({ token, ticketId: (await client.take(sale, token)).body.ticketId });
    }
    await point.reached;
    await workers[0]?.end('SIGKILL');
    startSecond();
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
    const sale = await buyFirst(1);
    const point = hold();
    await point.reached;
    await workers[0]?.end('SIGKILL');
    startSecond();
    const stock = { total: 2, available: 2, held: 0, sold: 0 };
    await expect.poll(async () => (await client.sale(sale.id)).products[0]?.stock).toEqual(stock);
    await expectAllWell();
  });

  it('after release and offer, unrecorded: the first in line gets it (I2, I4, I7)', async () => {
    const sale = await client.createSale({ stock: 1, holdSeconds: 3, waitlist: true });
    await client.buy(sale, await client.token('ann'));
    const tokens = await Promise.all(['bob', 'cid'].map((name) => client.token(name)));
    const waiting = [];
    for (const token of tokens) waiting.push({ token, ...(await client.buy(sale, token)) });
    expect(waiting.map(({ status }) => status)).toEqual(['waitlisted', 'waitlisted']);
    const point = postgres.hold('update "shards" set "log_seq"');
    await point.reached;
    await workers[0]?.end('SIGKILL');
    const polls = waiting.map(({ ticketId, token }) => client.poll(ticketId, token));
    startSecond();
    const [bob, cid] = await Promise.all(polls);
    expect([bob?.order?.status, cid?.order?.status]).toEqual(['held', 'held']);
    expect(Date.parse(cid?.order?.createdAt ?? '')).toBeGreaterThan(
      Date.parse(bob?.order?.holdExpiresAt ?? ''),
    );
    await expectAllWell();
  });

  it('or delayed past its lock: another decides, the late call is void (I2, I3)', async () => {
    const sale = await buyFirst();
    const point = redis.hold(call('decide'));
    const bob = await client.token('bob');
    const { ticketId } = (await client.take(sale, bob)).body;
    await point.reached;
    startSecond();
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
