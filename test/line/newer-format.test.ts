import { hostname } from 'node:os';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  onTestFinished,
} from 'vitest';
import type { SaleView } from '../../src/api/schemas/sale.ts';
import { readLogHead } from '../../src/db/log-head.ts';
import type { Batch } from '../../src/domain/entry.ts';
import { FORMAT, UNKNOWN_FORMAT } from '../../src/domain/format.ts';
import { NewerFormat } from '../../src/domain/newer-format.ts';
import { compare } from '../../src/line/reconcile.ts';
import type { Shard } from '../../src/line/shard.ts';
import { Shards } from '../../src/line/shards.ts';
import { readJournal } from '../../src/redis/journal.ts';
import { LOOKOUT } from '../../src/redis/keys.ts';
import { readLastSeq } from '../../src/redis/line-reads.ts';
import { followLogs } from '../../src/workers/history.ts';
import { checkDatabase } from '../support/checker.ts';
import { Client } from '../support/client.ts';
import { silent } from '../support/database.ts';
import { decideWaiting } from '../support/decide-waiting.ts';
import { endHold } from '../support/holds.ts';
import { saysOf, startPart } from '../support/parts.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

/** The format of the version after this one. */
const NEXT = FORMAT + 1;

/** What a process says when it leaves a shard alone. */
const LEFT = 'left to a newer version';

let system: TestSystem;
let client: Client;
let shard: Shard;

/** A process that knows formats up to this one. */
const shardsOf = (format: number) => new Shards({ ...system, log: silent, format });
const shardOf = (format: number) => shardsOf(format).at(0);

const takeOne = async (sale: SaleView, name: string) => {
  const token = await client.token(name);
  const { ticketId } = (await client.take(sale, token)).body;
  return { name, poll: (waitSeconds = 25) => client.poll(ticketId, token, waitSeconds) };
};

/** Replaces the last waiting batch by what a newer API would have put there. */
const rewriteLast = async (change: (batch: Batch) => object) => {
  const [job = ''] = await system.redis.lrange(shard.keys.queue('wait'), 0, 0);
  const key = shard.keys.queue(job);
  const batch = JSON.parse((await system.redis.hget(key, 'data')) ?? '') as Batch;
  await system.redis.hset(key, 'data', JSON.stringify(change(batch)));
};

/** Appends what a newer script would journal. */
const journalNext = async (entry: object) => {
  const at = shard.keys.at(await shard.epoch());
  const seq = await system.redis.hincrby(at.state, 'seq', 1);
  await system.redis.xadd(at.journal, `${seq}-0`, 'e', JSON.stringify(entry));
  return seq;
};

const readHead = () => readLogHead(system.db, 0);

const ownSystem = () => {
  beforeAll(async () => {
    system = await startSystem();
    client = new Client(system.url);
    shard = system.shards.at(0);
  });
  afterEach(() => system.stopWorker());
  afterAll(() => system.stop());
};

describe('a batch of a newer format', () => {
  ownSystem();

  const startOlder = () => {
    const { redisUrl: REDIS_URL, databaseUrl: DATABASE_URL } = system;
    const older = startPart('worker', { REDIS_URL, DATABASE_URL, LOG_LEVEL: 'error' });
    onTestFinished(() => older.end('SIGTERM').then(() => undefined));
    return older;
  };

  it('waits with all behind it for a worker that knows it (I2, I4)', async () => {
    const sale = await client.createSale({ stock: 2 });
    const ann = await takeOne(sale, 'ann');
    const bob = await takeOne(sale, 'bob');
    await rewriteLast((batch) => ({ ...batch, v: NEXT }));
    const cid = await takeOne(sale, 'cid');

    const older = startOlder();
    await saysOf(older, LEFT);
    expect(await ann.poll()).toMatchObject({ status: 'held', lineNumber: 1 });
    // Operators see it, and the process goes on: it does nothing for this shard.
    const metrics = async () => (await client.call<string>('GET', '/metrics')).body;
    await expect.poll(metrics).toContain('fairline_shards_left{shard="0"} 1');
    for (const one of [bob, cid]) expect(await one.poll(0)).toMatchObject({ status: 'queued' });
    expect(older.process.exitCode).toBeNull();
    expect(await readHead()).toMatchObject({ seq: 2, format: FORMAT });

    system.startWorker({ format: NEXT });
    expect(await bob.poll()).toMatchObject({ status: 'held', lineNumber: 2 });
    expect(await cid.poll()).toMatchObject({ status: 'sold_out', lineNumber: 3 });
    expect(await readHead()).toMatchObject({ seq: 4, format: NEXT });
    expect(await checkDatabase(system.db)).toEqual([]);

    // The older one still has the lease of the lookout: the newer one looks beside it.
    expect(await system.redis.get(LOOKOUT)).toContain(`${hostname()}:${older.process.pid}:`);
    await endHold({ ...system, shards: shardsOf(NEXT) }, (await bob.poll()).order?.id ?? '');
    await expect
      .poll(async () => (await client.sale(sale.id)).products[0]?.stock)
      .toMatchObject({ available: 1, held: 1 });
  });

  describe('once it is in the log', () => {
    it('keeps an older worker off from its start, and goes on with a newer one', async () => {
      const sale = await client.createSale({ stock: 1 });
      const dan = await takeOne(sale, 'dan');
      const older = startOlder();
      await saysOf(older, LEFT);
      expect(await dan.poll(0)).toMatchObject({ status: 'queued' });
      system.startWorker({ format: NEXT });
      expect(await dan.poll()).toMatchObject({ status: 'held' });
    });

    it('keeps an older API from recording: a newer process does it', async () => {
      const sale = await client.createSale({ stock: 1 });
      system.startWorker({ format: NEXT });
      const token = await client.token('eve');
      const { order } = await client.buy(sale, token);
      await system.stopWorker();
      const before = await readHead();
      const answer = await client.call('POST', `/api/orders/${order?.id}/cancel`, { token });
      expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
      expect((await readHead()).seq).toBe(before.seq);
      await shardOf(NEXT).drain();
      expect(await client.orders(token)).toMatchObject([{ status: 'cancelled' }]);
    });

    it('is not told by an older worker to the history of buyers', async () => {
      const history = () => system.db.selectFrom('history').select('seq').executeTakeFirstOrThrow();
      const sale = await client.createSale({ stock: 1 });
      await takeOne(sale, 'fay');
      const newer = shardOf(NEXT);
      await decideWaiting(system, newer);
      await newer.drain();
      const { seq } = await history();
      await followLogs(system.db);
      expect(await history()).toEqual({ seq });
      await followLogs(system.db, NEXT);
      expect(await history()).toEqual({ seq: (await readHead()).seq });
    });

    it('keeps an older process from rebuilding and comparing (I9)', async () => {
      const { epoch } = await readHead();
      await expect(shard.rebuild({ seen: epoch })).rejects.toThrow(NewerFormat);
      await expect(compare(system, shard, 'all')).rejects.toThrow(NewerFormat);
      expect(await readHead()).toMatchObject({ epoch });
      const newer = shardOf(NEXT);
      expect(await newer.rebuild({ seen: epoch })).toBe(epoch + 1);
      expect(await compare(system, newer, 'all')).toMatchObject({ status: 'same' });
    });
  });
});

describe('a batch of a newer format, its number not looked at', () => {
  ownSystem();

  it('is dropped as malformed: the negative control', async () => {
    const sale = await client.createSale({ stock: 1 });
    const gus = await takeOne(sale, 'gus');
    await rewriteLast((batch) => ({ ...batch, v: NEXT, t: [{ buyer: 'gus', wants: [0, 1] }] }));
    system.startWorker({ format: UNKNOWN_FORMAT });
    expect(await gus.poll()).toMatchObject({ status: 'rejected', reason: 'line_restarted' });
  });
});

describe('a journal entry of a newer format', () => {
  ownSystem();

  let sale: SaleView;
  beforeEach(async () => {
    sale = await client.createSale({ stock: 1 });
  });

  /** A ticket that is decided; nothing is recorded yet. */
  const decideOne = async (by: Shard) => {
    const ticket = await takeOne(sale, 'ann');
    await decideWaiting(system, by);
    return ticket;
  };

  it('stays in the journal; what is before it is recorded (I3, I4)', async () => {
    const ann = await decideOne(shard);
    const seq = await journalNext({ k: 'gift', sale: sale.id });
    const before = await readHead();
    for (let again = 0; again < 2; again++)
      await expect(shard.drain()).rejects.toThrow(NewerFormat);
    expect(await ann.poll()).toMatchObject({ status: 'held' });
    expect(await readHead()).toMatchObject({ epoch: before.epoch, seq: seq - 1 });
    const { journal } = shard.keys.at(before.epoch);
    expect(await readJournal(system.redis, journal, 0, 10)).toMatchObject([{ seq }]);

    // Negative control: who does not look at the kind takes the journal for a broken one.
    const careless = shardOf(UNKNOWN_FORMAT);
    await careless.drain();
    expect(await readHead()).toMatchObject({ epoch: before.epoch + 1, seq: seq - 1 });
    expect(await readLastSeq(system.redis, shard.keys.at(before.epoch + 1))).toBe(seq - 1);
  });

  it('of a known kind too; who knows it records it and says so in the log', async () => {
    await decideOne(shard);
    const seq = await journalNext({ k: 'offer', v: NEXT, sale: sale.id });
    await expect(shard.drain()).rejects.toThrow(NewerFormat);
    expect(await readHead()).toMatchObject({ seq: seq - 1, format: FORMAT });
    await shardOf(NEXT).drain();
    expect(await readHead()).toMatchObject({ seq, format: NEXT });
  });

  it('with an outcome that an older API does not know: 503, to be asked again', async () => {
    const newer = shardOf(NEXT);
    await decideOne(newer);
    await newer.drain();
    const token = await client.token('bea');
    const { ticketId } = (await client.take(sale, token)).body;
    await decideWaiting(system, newer);
    await newer.drain();
    const { outcomes } = shard.keys.at(await newer.epoch()).sale(sale.id);
    for (const [uid, record] of Object.entries(await system.redis.hgetall(outcomes))) {
      await system.redis.hset(outcomes, uid, record.replace(/\|[A-Z]\|/, '|Z|'));
    }
    const answer = await client.call('GET', `/api/tickets/${ticketId}`, { token });
    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(answer.headers.get('retry-after')).not.toBeNull();
  });
});
