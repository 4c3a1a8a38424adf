import fc from 'fast-check';
import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grantAppRole } from '../../src/db/app-role.ts';
import { connectDb, type Db } from '../../src/db/client.ts';
import { up as addFacts } from '../../src/db/migrations/0009-history-facts.ts';
import { lineNumberAt, type Sequenced } from '../../src/domain/entry.ts';
import { formatFacts } from '../../src/domain/facts.ts';
import { parseItems } from '../../src/domain/items.ts';
import { replay } from '../../src/domain/replay.ts';
import { connectRedis } from '../../src/redis/client.ts';
import { followLogs } from '../../src/workers/history.ts';
import { APP_ROLE } from '../support/app-role.ts';
import { readLog } from '../support/checker.ts';
import { createDatabase, ownerUrl, silent } from '../support/database.ts';
import { startModelRun } from '../support/model-run.ts';
import { operation } from '../support/operations.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

/** FAIRLINE_SEED=… repeats a run, FAIRLINE_RUNS=… makes it longer. */
const seed = Number(process.env['FAIRLINE_SEED'] ?? Date.now() % 2 ** 31);
const numRuns = Number(process.env['FAIRLINE_RUNS'] ?? 20);

/**
 * What tickets must have found by the rules alone: those without units for want of stock, by sale
 * and line.
 */
function expectedFacts(entries: readonly Sequenced[]): Map<string, string> {
  const facts = new Map<string, string>();
  for (const [at, { entry }] of entries.entries()) {
    if (entry.k !== 'decide') continue;
    const { sale, t } = entry.batch;
    const { model } = replay(entries.slice(0, at));
    const stock = (model.sales.get(sale)?.stock ?? []).map(({ available, held, sold }) => ({
      total: available + held + sold,
      gone: held + sold,
    }));
    for (const [index, letter] of [...entry.out].entries()) {
      const items = parseItems(t[index]?.[1] ?? '');
      const found = items.map(({ index, quantity }) => {
        const { total = 0, gone = 0 } = stock[index] ?? {};
        const product = stock[index];
        if (letter === 'H' && product !== undefined) product.gone += quantity;
        return { index, gone, total };
      });
      if (letter !== 'S' && letter !== 'W') continue;
      facts.set(`${sale} ${lineNumberAt(entry.line, entry.out, index)}`, formatFacts(found));
    }
  }
  return facts;
}

/** Follows the logs to their end, as two workers do at once. */
async function followToEnd(db: Db): Promise<void> {
  for (;;) {
    await Promise.all([followLogs(db), followLogs(db)]);
    const { rows } = await sql`
      select from shards left join history using (shard)
      where log_seq > coalesce(history.seq, 0)`.execute(db);
    if (rows.length === 0) return;
  }
}

/** The tickets of a shard in the history, by sale and line. */
async function readTickets(db: Db, shard: number): Promise<Map<string, string | null>> {
  const rows = await db
    .selectFrom('tickets')
    .innerJoin('sales', 'sales.id', 'sale_id')
    .select(['sale_id', 'tickets.line_number', 'facts'])
    .where('shard', '=', shard)
    .execute();
  return new Map(rows.map((row) => [`${row.sale_id} ${row.line_number}`, row.facts]));
}

const withFacts = (tickets: ReadonlyMap<string, string | null>) =>
  new Map([...tickets].filter(([, facts]) => facts !== null));

describe('the history', () => {
  let engine: TestRedis;
  let redis: ReturnType<typeof connectRedis>;
  let db: Db;
  let owner: Db;
  beforeAll(async () => {
    engine = await startTestRedis();
    redis = connectRedis(engine.url, 'worker', silent);
    const url = await createDatabase();
    db = connectDb(url, silent);
    owner = connectDb(ownerUrl(url), silent, 1);
  });
  afterAll(async () => {
    redis.disconnect();
    await Promise.all([db.destroy(), owner.destroy()]);
    await engine.stop();
  });
  let shards = 0;

  it(`records what tickets without units found, as a replay does (I10); seed ${seed}`, async () => {
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 20, maxLength: 80 }), async (steps) => {
        const run = await startModelRun({ redis, db }, shards++);
        for (const step of steps) {
          await run.step(step);
          if (step.op === 'drain') await followLogs(db); // in pieces, wherever the log stands
        }
        await run.shard.drain();
        await followToEnd(db);
        const expected = expectedFacts(await readLog(db, run.shard.id));
        expect(withFacts(await readTickets(db, run.shard.id))).toEqual(expected);
        seen += expected.size;

        // Where the history stands at the end of the log, its stock is the stock.
        const { rows } = await sql`
          select p.id from products p join sales s on s.id = sale_id
          left join history_stock h on h.product_id = p.id
          where s.shard = ${run.shard.id} and s.last_seq is not null
            and (h.total, h.gone) is distinct from (p.total, p.held + p.sold)`.execute(db);
        expect(rows).toEqual([]);
      }),
      { seed, numRuns, endOnFailure: false },
    );
    expect(seen).toBeGreaterThan(0);
  });

  it('continues from the middle of an existing log', async () => {
    const run = await startModelRun({ redis, db }, shards++);
    const { id } = run.shard;
    for (const key of ['r1', 'r2', 'r3', 'r4'] as const) {
      for (const sale of [0, 1]) {
        const wishes = ['0x1', '0x2', '1x1', '0x1-1x1', '0x2', '1x1'] as const;
        const tickets = wishes.map((items, buyer) => ({
          ...{ buyer, items },
          ...{ key: undefined, origin: undefined },
        }));
        await run.step({ op: 'enqueue', sale, at: 2_000, tickets });
        await run.step({ op: 'decide', offset: 0, count: 4 });
        await run.step({ op: 'release', sale, hold: 0, cause: 'expired', wrongSeq: 0, max: 100 });
        await run.step({ op: 'restock', sale, index: 0, delta: 1, key, max: 100 });
      }
    }
    await run.shard.drain();
    await followToEnd(db);
    const entries = await readLog(db, id);
    const before = await readTickets(db, id);
    const expected = expectedFacts(entries);
    expect(expected.size).toBeGreaterThan(3);
    // As many of those with facts come before it as after it.
    const middle = entries.findIndex(
      (_, at) => expectedFacts(entries.slice(0, at)).size >= expected.size / 2,
    );
    const older = entries.slice(0, middle).flatMap(({ entry }) =>
      entry.k === 'decide'
        ? [...entry.out].map((_, index) => {
            return `${entry.batch.sale} ${lineNumberAt(entry.line, entry.out, index)}`;
          })
        : [],
    );

    // As it was before the migration, with the history half-way.
    for (const ticket of before.keys()) {
      if (older.includes(ticket)) continue;
      const [sale = '', line] = ticket.split(' ');
      await sql`
        delete from tickets where sale_id = ${sale} and line_number = ${Number(line)}`.execute(db);
    }
    await sql`update history set seq = ${middle} where shard = ${id}`.execute(db);
    await sql`drop table history_stock`.execute(owner);
    await sql`drop index inventory_ledger_by_entry`.execute(owner);
    await sql`alter table tickets drop column facts`.execute(owner);
    await addFacts(owner as Kysely<unknown>);
    await grantAppRole(owner, APP_ROLE);

    await followToEnd(db);
    for (const ticket of older) expected.delete(ticket);
    const after = await readTickets(db, id);
    expect(withFacts(after)).toEqual(expected);
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
  });
});
