import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDb, type Db } from '../../src/db/client.ts';
import { findPublishedLog, listUnsignedLogs, noteSigning } from '../../src/db/public-logs.ts';
import type { Entry } from '../../src/domain/entry.ts';
import { decodeLeaf, isPublic, LeafReader, type LoggedEntry } from '../../src/proof/leaf.ts';
import { followLogs } from '../../src/public-log/follow.ts';
import { type PublishDeps, publishLogs } from '../../src/public-log/publish.ts';
import { LogSigner } from '../../src/public-log/signer.ts';
import { Witnesses } from '../../src/public-log/witnesses.ts';
import { connectRedis } from '../../src/redis/client.ts';
import { readLog } from '../support/checker.ts';
import { createDatabase, ownerUrl, silent } from '../support/database.ts';
import { startModelRun } from '../support/model-run.ts';
import { operation } from '../support/operations.ts';
import { followToEnd, verifyInDatabase } from '../support/public-log.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { LOG_KEY } from '../support/system.ts';

/** FAIRLINE_SEED=… repeats a run, FAIRLINE_RUNS=… makes it longer. */
const seed = Number(process.env['FAIRLINE_SEED'] ?? Date.now() % 2 ** 31);
const numRuns = Number(process.env['FAIRLINE_RUNS'] ?? 20);

describe('the follower of the log', () => {
  let engine: TestRedis;
  let redis: ReturnType<typeof connectRedis>;
  let db: Db;
  let owner: Db;
  let deps: PublishDeps;
  let shards = 0;
  beforeAll(async () => {
    engine = await startTestRedis();
    redis = connectRedis(engine.url, 'worker', silent);
    const url = await createDatabase();
    db = connectDb(url, silent);
    owner = connectDb(ownerUrl(url), silent, 1);
    const signer = new LogSigner(LOG_KEY);
    deps = { db, redis, log: silent, signer, witnesses: new Witnesses([], silent) };
  });
  afterAll(async () => {
    redis.disconnect();
    await Promise.all([db.destroy(), owner.destroy()]);
    await engine.stop();
  });

  /** What the leaves of a sale say, put together again. */
  const readPublic = async (sale: string): Promise<LoggedEntry[]> => {
    const reader = new LeafReader();
    const rows = await db
      .selectFrom('public_log_leaves')
      .select('leaf')
      .where('sale_id', '=', sale)
      .orderBy('index')
      .execute();
    return rows.flatMap(({ leaf }) => reader.take(decodeLeaf(leaf)) ?? []);
  };
  const saleOf = (entry: Entry) => {
    if (entry.k === 'decide') return entry.batch.sale;
    return entry.k === 'skip' ? undefined : entry.sale;
  };

  it(`has every entry of a sale, as the rules have it (I11); seed ${seed}`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 20, maxLength: 80 }), async (steps) => {
        const run = await startModelRun({ redis, db }, shards++);
        for (const step of steps) {
          await run.step(step);
          if (step.op !== 'drain') continue;
          await followLogs(db); // in pieces, wherever the log stands
          await publishLogs(deps);
        }
        await run.shard.drain();
        await followToEnd(db);
        await publishLogs(deps);
        const log = (await readLog(db, run.shard.id)).filter(({ entry }) => isPublic(entry));
        for (const sale of run.sales) {
          const logged = log.filter(({ entry }) => saleOf(entry) === sale);
          const found = await readPublic(sale);
          expect(found.map(({ seq, entry }) => [seq, entry.k])).toEqual(
            logged.map(({ seq, entry }) => [seq, entry.k]),
          );
          const published = await findPublishedLog(db, sale);
          const verdict = await verifyInDatabase(
            db,
            sale,
            published && { counts: published.counts },
          );
          expect(verdict.findings).toEqual([]);
          expect(verdict.lineNumber).toBe(run.model.sales.get(sale)?.line);
        }
      }),
      { seed, numRuns, endOnFailure: false },
    );
  });

  it('shows nobody: neither buyers nor keys, origins and ids of others are in it', async () => {
    const rows = await db.selectFrom('public_log_leaves').select('leaf').execute();
    const entries = await db.selectFrom('log').select('entry').execute();
    const all = Buffer.concat(rows.map(({ leaf }) => leaf)).toString();
    const secrets = new Set<string>();
    for (const { entry } of entries) {
      const { batch, ...parsed } = JSON.parse(entry) as Record<string, unknown> & {
        batch?: { t: string[][] };
      };
      for (const [buyer, , key, origin] of batch?.t ?? []) {
        for (const text of [buyer, key, ...(origin?.split(',') ?? [])]) if (text) secrets.add(text);
      }
      for (const name of ['payment', 'refund', 'key'] as const) {
        const text = parsed[name];
        if (typeof text === 'string' && text !== '') secrets.add(text);
      }
    }
    expect(secrets.size).toBeGreaterThan(10);
    expect([...secrets].filter((text) => all.includes(JSON.stringify(text)))).toEqual([]);
  });

  it('does not continue what was changed, but begins anew and says so', async () => {
    const run = await startModelRun({ redis, db }, shards++);
    const [sale = ''] = run.sales;
    await run.shard.drain();
    await followToEnd(db);
    await publishLogs(deps);
    const before = await findPublishedLog(db, sale);

    // Postgres is older than what was published: the log lost its end, and went on otherwise.
    await sql`delete from public_log_leaves where sale_id = ${sale}`.execute(owner);
    await sql`delete from public_logs where sale_id = ${sale}`.execute(owner);
    await sql`delete from public_log_cursors`.execute(owner);
    await sql`update log set entry = replace(entry, '"limit":', '"limit":1')
      where sale_id = ${sale} and kind = 'load'`.execute(owner);
    await followToEnd(db);
    const said: object[] = [];
    const log = silent.child({});
    log.error = (context: object) => void said.push(context);
    await publishLogs({ ...deps, log });
    expect(said).toMatchObject([{ sale, published: before?.size }]);

    await followToEnd(db);
    await publishLogs(deps);
    const after = await findPublishedLog(db, sale);
    expect(after?.number).toBe(2);
    const verdict = await verifyInDatabase(db, sale);
    expect(verdict.findings).toEqual([]);
    expect(verdict.checkpoint?.origin).toBe(`test.example/sales/${sale}/2`);
    expect(verdict.follows).toMatchObject({ size: before?.size });
    // Who kept the old checkpoint sees that this is another log.
    const kept = await verifyInDatabase(db, sale, { kept: [before?.checkpoint ?? ''] });
    expect(kept.findings).toMatchObject([{ name: 'origin_wrong' }]);
  });

  it('would sign a second history, did Redis not remember the first (control)', async () => {
    const run = await startModelRun({ redis, db }, shards++);
    const [sale = ''] = run.sales;
    await run.shard.drain();
    await followToEnd(db);
    await publishLogs(deps);
    const before = await findPublishedLog(db, sale);
    await sql`delete from public_log_leaves where sale_id = ${sale}`.execute(owner);
    await sql`delete from public_logs where sale_id = ${sale}`.execute(owner);
    await sql`delete from public_log_cursors`.execute(owner);
    await sql`update log set entry = replace(entry, '"limit":', '"limit":1')
      where sale_id = ${sale} and kind = 'load'`.execute(owner);
    await redis.del(run.shard.keys.published);
    await followToEnd(db);
    await publishLogs(deps);
    const verdict = await verifyInDatabase(db, sale, { kept: [before?.checkpoint ?? ''] });
    expect(verdict.findings.map(({ name }) => name)).toEqual(['split_view']);
  });

  it('signs at no smaller size than before, whoever is slower', async () => {
    const run = await startModelRun({ redis, db }, shards++);
    const [sale = ''] = run.sales;
    await run.shard.drain();
    await followToEnd(db);
    const [slow] = (await listUnsignedLogs(db, 100)).filter((one) => one.sale === sale);
    if (slow === undefined) throw new Error('nothing to sign');
    await run.step({ op: 'restock', sale: 0, index: 0, delta: 1, key: 'r1', max: 100 });
    await run.shard.drain();
    await followToEnd(db);
    await publishLogs(deps);
    const remembered = () => redis.hget(run.shard.keys.published, sale);
    const before = await remembered();
    const forget = async () => void (await redis.hset(run.shard.keys.published, sale, '1 1 x'));
    expect(await noteSigning(db, slow, forget)).toBe(false);
    expect(await remembered()).toBe(before);
  });

  it('begins no new log once the salt was erased: equal values would have other tags', async () => {
    const run = await startModelRun({ redis, db }, shards++);
    const [sale = ''] = run.sales;
    await run.shard.drain();
    await followToEnd(db);
    await publishLogs(deps);
    const before = await findPublishedLog(db, sale);
    await sql`update sales set public_salt = null where id = ${sale}`.execute(db);
    await redis.hset(run.shard.keys.published, sale, `1 ${(before?.size ?? 0) + 5} x`);
    await run.step({ op: 'restock', sale: 0, index: 0, delta: 1, key: 'r1', max: 100 });
    await run.shard.drain();
    await followToEnd(db);
    await publishLogs(deps);
    expect(await findPublishedLog(db, sale)).toEqual(before);
  });

  it('catches up with a log whose shard is taken to be done', async () => {
    const run = await startModelRun({ redis, db }, shards++);
    const [sale = ''] = run.sales;
    await run.shard.drain();
    await followToEnd(db);
    const before = await readPublic(sale);
    // What begins a log anew does, with a follower between that had not seen it.
    await db
      .updateTable('public_logs')
      .set({ number: 2, seq: 0, size: 0, peaks: Buffer.of() })
      .where('sale_id', '=', sale)
      .execute();
    await followToEnd(db);
    expect(await readPublic(sale)).toEqual(before);
    await followLogs(db, true);
    expect(await readPublic(sale)).toEqual([...before, ...before]);
  });

  it('leaves what a newer version recorded to that version', async () => {
    const run = await startModelRun({ redis, db }, shards++);
    const [sale = '', other = ''] = run.sales;
    await run.shard.drain();
    await sql`update log set entry = replace(entry, '"k":"load"', '"k":"load","v":2')
      where sale_id = ${sale}`.execute(owner);
    await followLogs(db);
    expect(await readPublic(sale)).toEqual([]);
    expect(await readPublic(other)).toHaveLength(1);
    // It is not taken to be done: the newer version finds it.
    await sql`update log set entry = replace(entry, ',"v":2', '')
      where sale_id = ${sale}`.execute(owner);
    await followLogs(db);
    expect(await readPublic(sale)).toHaveLength(1);
  });

  it('goes on without the salt, and no tag can be made of a value any more', async () => {
    const run = await startModelRun({ redis, db }, shards++);
    const [sale = ''] = run.sales;
    await run.shard.drain();
    await followToEnd(db);
    await sql`update sales set public_salt = null where id = ${sale}`.execute(db);
    await run.step({ op: 'restock', sale: 0, index: 0, delta: 1, key: 'r1', max: 100 });
    await run.shard.drain();
    await followToEnd(db);
    await publishLogs(deps);
    expect((await verifyInDatabase(db, sale)).findings).toEqual([]);
    expect((await readPublic(sale)).at(-1)?.entry).toMatchObject({ k: 'restock' });
  });
});
