import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditSale } from '../../src/audit/audit.ts';
import { compare } from '../../src/line/reconcile.ts';
import type { LineWorker } from '../../src/workers/line.ts';
import { checkDatabase } from '../support/checker.ts';
import { checkMoney } from '../support/money.ts';
import { type PaymentSystem, startLine, startPaymentSystem } from '../support/payments.ts';
import { BUYERS, steps } from './operations.ts';
import { Till } from './till.ts';

/** FAIRLINE_SEED=… repeats a run, FAIRLINE_RUNS=… makes it longer: some 20 orders each. */
const seed = Number(process.env['FAIRLINE_SEED'] ?? Date.now() % 2 ** 31);
const numRuns = Number(process.env['FAIRLINE_RUNS'] ?? 6);

describe('payments in any order', () => {
  let system: PaymentSystem;
  let line: LineWorker;
  beforeAll(async () => {
    system = await startPaymentSystem();
    line = await startLine(system);
  });
  afterAll(async () => {
    await line.close();
    await system.stop();
  });

  it(`no money is stranded, no unit sold twice (I1, I7, I8, I9, I10); seed ${seed}`, async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (groups) => {
        const till = await Till.open(system, BUYERS);
        for (const [i, group] of groups.entries()) {
          if (i === Math.floor(groups.length * 0.6)) await till.close();
          await Promise.all(group.map((step) => till.do(step)));
        }
        await till.settle();
        await till.do({ op: 'archive' });
        expect(await till.isArchived()).toBe(!(await till.isHeld()));

        expect(await checkMoney(system.db, system.stripe)).toEqual([]);
        expect(await checkDatabase(system.db)).toEqual([]);
        const report = await auditSale(system, till.saleId);
        expect(
          report?.parts.flatMap(({ name, difference }) => (difference ? [name, difference] : [])),
        ).toEqual([]);
        const shard = system.shards.at(0);
        expect(await compare(system, shard, 'all')).toMatchObject({ status: 'same' });
      }),
      { seed, numRuns, endOnFailure: true },
    );
  }, 600_000);
});
