import { sql } from 'kysely';
import { Shards } from '../../src/line/shards.ts';
import { writeEndedSales } from '../../test/support/ended-sales.ts';
import type { BenchContext } from '../support/context.ts';
import { type Engines, withEngines } from '../support/engines.ts';
import { openLine } from '../support/line.ts';
import { readMemory } from '../support/meter.ts';
import { median } from '../support/percentile.ts';
import { alignTable, format } from '../support/report.ts';
import { makeBuyers, silent } from '../support/sale.ts';

/** Ended and archived sales behind the live one. */
const SIZES = [0, 1_000, 10_000];

/** Tickets of each of them: five million in all. */
const TICKETS_EACH = 500;

/** Tickets that wait in the live sale meanwhile. */
const WAITING = 100_000;

/** Sales written in a transaction: its statements have a limit of time. */
const WRITTEN_AT_ONCE = 100;

const REBUILDS = 5;

/** How much more a system may need with ended sales behind it. */
const FACTOR = 1.2;

interface Behind {
  readonly rebuildMs: number;
  readonly redisMb: number;
  readonly diskMb: number;
}

/**
 * What thousands of sales that are over cost the one that is on: how long a rebuild of its shard
 * takes, what Redis keeps, what lies on disk. Their rows are written, not played.
 */
export async function benchBehind(context: BenchContext): Promise<void> {
  const rows: Behind[] = [];
  for (const sales of SIZES) {
    context.note(`${format(sales)} ended sales behind …`);
    rows.push(await withEngines(context, (engines) => measureBehind(context, engines, sales)));
  }
  const cells = rows.map(({ rebuildMs, redisMb, diskMb }, i) => [
    format(SIZES[i] ?? 0),
    `${format(rebuildMs)} ms`,
    `${format(redisMb, 1)} MB`,
    `${format(diskMb)} MB`,
  ]);
  const head = ['archived sales', 'rebuild of the shard', 'Redis', 'Postgres on disk'];
  for (const line of alignTable([head, ...cells])) context.print(line);
  context.record({ ticketsEach: TICKETS_EACH, waiting: WAITING, rows });
  const [without, , most] = rows;
  const ratio = (pick: (row: Behind) => number) =>
    most === undefined || without === undefined ? Number.NaN : pick(most) / pick(without);
  const judge = (title: string, value: number) =>
    context.judge({ title, value, unit: 'times', atMost: FACTOR });
  judge(
    'a rebuild with ten thousand sales behind',
    ratio((row) => row.rebuildMs),
  );
  judge(
    'memory of Redis with ten thousand sales behind',
    ratio((row) => row.redisMb),
  );
}

async function measureBehind(
  context: BenchContext,
  engines: Engines,
  sales: number,
): Promise<Behind> {
  await using cleanup = context.newCleanup();
  const { db, redis, accept } = await openLine(cleanup, engines, 500);
  await accept(makeBuyers(WAITING));
  const shard = new Shards({ redis, db, log: silent }).at(0);
  for (let written = 0; written < sales; written += WRITTEN_AT_ONCE) {
    const some = { shard: 0, sales: WRITTEN_AT_ONCE, tickets: TICKETS_EACH };
    await writeEndedSales(db, { ...some, isArchived: true });
  }
  await shard.rebuild({ seen: await shard.epoch() });
  const tookMs: number[] = [];
  while (tookMs.length < REBUILDS) {
    const seen = await shard.epoch();
    const startMs = performance.now();
    await shard.rebuild({ seen });
    tookMs.push(performance.now() - startMs);
  }
  const { rows } = await sql<{ bytes: number }>`
    select pg_database_size(current_database())::float8 as bytes`.execute(db);
  return {
    rebuildMs: median(tookMs),
    redisMb: (await readMemory(redis)) / 1_048_576,
    diskMb: (rows[0]?.bytes ?? Number.NaN) / 1_048_576,
  };
}
