import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditSale } from '../../src/audit/audit.ts';
import { connectDb, type Db } from '../../src/db/client.ts';
import { compare } from '../../src/line/reconcile.ts';
import { connectRedis } from '../../src/redis/client.ts';
import { checkDatabase, readLog } from '../support/checker.ts';
import { createDatabase, silent } from '../support/database.ts';
import { startModelRun } from '../support/model-run.ts';
import { operation } from '../support/operations.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

/** FAIRLINE_SEED=… repeats a run, FAIRLINE_RUNS=… makes it longer. */
const seed = Number(process.env['FAIRLINE_SEED'] ?? Date.now() % 2 ** 31);
const numRuns = Number(process.env['FAIRLINE_RUNS'] ?? 60);

describe('the scripts against the pure model', () => {
  let engine: TestRedis;
  let redis: ReturnType<typeof connectRedis>;
  let db: Db;
  let shards = 0;
  beforeAll(async () => {
    engine = await startTestRedis();
    redis = connectRedis(engine.url, 'worker', silent);
    db = connectDb(await createDatabase(), silent);
  });
  afterAll(async () => {
    redis.disconnect();
    await db.destroy();
    await engine.stop();
  });

  it(`agree, and the log replays (I1, I2, I3, I6, I7, I9, I10); seed ${seed}`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 10, maxLength: 60 }), async (steps) => {
        const run = await startModelRun({ redis, db }, shards++);
        for (const step of steps) {
          await run.step(step);
          await run.compareStock();
        }
        await run.shard.drain();

        const entries = await readLog(db, run.shard.id);
        expect(entries.map(({ entry }) => entry)).toEqual(
          run.expected.map((entry) => JSON.parse(JSON.stringify(entry))),
        );
        // I9: what the scripts left in Redis is, field by field, what a rebuild would write.
        expect(await compare({ redis, db }, run.shard, 'all')).toEqual({
          status: 'same',
          seq: run.model.seq,
        });
        expect(await checkDatabase(db, run.shard.id)).toEqual([]);
        for (const saleId of run.sales) {
          const report = await auditSale({ redis, db }, saleId);
          // No money is behind the payments of a model run.
          const parts = report?.parts.filter(({ name }) => name !== 'payments') ?? [];
          expect(
            parts.flatMap(({ name, difference }) => (difference ? [name, difference] : [])),
          ).toEqual([]);
          expect(report).toMatchObject({ inversions: 0, drift: 0 });
        }
        const { model } = run;
        for (const saleId of run.sales) {
          const { progress } = run.shard.keys;
          if (model.sales.get(saleId)?.missing === 'claims') {
            expect(await redis.hexists(progress, `p:${saleId}`)).toBe(0);
          }
          const products = await db
            .selectFrom('products')
            .select(['available', 'held', 'sold'])
            .where('sale_id', '=', saleId)
            .orderBy('index')
            .execute();
          expect(products).toEqual(model.sales.get(saleId)?.stock);
          const held = await db
            .selectFrom('orders')
            .select('ticket_id')
            .where('sale_id', '=', saleId)
            .where('status', '=', 'held')
            .execute();
          expect(held.map((order) => order.ticket_id).sort()).toEqual(
            [...(model.sales.get(saleId)?.holds.keys() ?? [])].sort(),
          );
        }
      }),
      { seed, numRuns, endOnFailure: false },
    );
  });
});
