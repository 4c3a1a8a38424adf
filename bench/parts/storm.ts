import { setTimeout } from 'node:timers/promises';
import { sql } from 'kysely';
import { formatDeadline } from '../../src/redis/records.ts';
import { engineUrls, startChild } from '../support/child.ts';
import type { BenchContext } from '../support/context.ts';
import { readCpu } from '../support/cpu.ts';
import { type Engines, withEngines } from '../support/engines.ts';
import { type BenchLine, openLine } from '../support/line.ts';
import { format } from '../support/report.ts';
import { makeBuyers } from '../support/sale.ts';

const HOLDS = 50_000;

/** When the first is due, from the moment that the worker starts: it is ready by then. In ms. */
const DUE_AFTER_MS = 10_000;

/** Within which all are due, in ms. */
const DUE_WITHIN_MS = 1_000;

/** How long after the last is due every unit has to be back, in ms. */
const BOUND_MS = 5_000;

const LOOK_MS = 50;

/** Fifty thousand holds that nobody paid for end within one second: when is every unit back? */
export async function benchStorm(context: BenchContext): Promise<void> {
  await withEngines(context, async (engines) => {
    await using cleanup = context.newCleanup();
    const failed = Promise.withResolvers<never>();
    const line = await openLine(cleanup, engines, HOLDS);
    const storm = async () => {
      context.note(`${format(HOLDS)} holds …`);
      await holdAll(cleanup, engines, line, failed.reject);
      const dueMs = Date.now() + DUE_AFTER_MS;
      await setDeadlines(line, dueMs);
      const env = engineUrls(engines);
      const worker = startChild(cleanup, 'src/workers/main.ts', env, failed.reject);
      const { redis, postgres } = engines;
      const pids = { worker: worker.pid, redis: redis.pid, postgres: postgres.pid };
      await setTimeout(dueMs - Date.now());
      const before = readCpu(pids);
      await waitUntilBack(line, context.signal);
      const after = readCpu(pids);
      const cpuMicros = (['worker', 'redis', 'postgres'] as const).map(
        (name) => ((after?.[name] ?? 0) - (before?.[name] ?? 0)) / HOLDS,
      );
      return { lateMs: Date.now() - (dueMs + DUE_WITHIN_MS), cpuMicros };
    };
    const { lateMs, cpuMicros } = await Promise.race([storm(), failed.promise]);
    context.record({ holds: HOLDS, lateMs, cpuMicros });
    const cpu = cpuMicros.map((micros) => format(micros)).join(' · ');
    context.print(`CPU µs a hold: worker · Redis · Postgres: ${cpu}`);
    context.judge({
      title: `${format(HOLDS)} holds due in one second, all units back after the last of them`,
      value: lateMs,
      unit: 'ms',
      atMost: BOUND_MS,
    });
  });
}

async function holdAll(
  cleanup: AsyncDisposableStack,
  engines: Engines,
  line: BenchLine,
  onDeath: (error: Error) => void,
): Promise<void> {
  await line.accept(makeBuyers(HOLDS));
  const held = Promise.withResolvers<void>();
  await line.onPassed((passed) => {
    if (passed === HOLDS) held.resolve();
  });
  const worker = startChild(cleanup, 'src/workers/main.ts', engineUrls(engines), onDeath);
  await held.promise;
  await worker.end('SIGTERM');
}

/** Holds last at least 30 s: instead of waiting, their ends are moved while no worker runs. */
async function setDeadlines({ db, redis, keys, sale }: BenchLine, dueMs: number): Promise<void> {
  const orders = await db
    .updateTable('orders')
    .set({
      hold_expires_at: sql<Date>`to_timestamp(
        (${dueMs}::float8 + line_number % ${DUE_WITHIN_MS}) / 1000)`,
    })
    .where('sale_id', '=', sale.id)
    .returning(['ticket_id', 'hold_seq', 'hold_expires_at'])
    .execute();
  if (orders.length !== HOLDS) throw new Error(`${orders.length} holds instead of ${HOLDS}`);
  const { deadlines } = keys.at(Number(await redis.get(keys.epoch)));
  const members = orders.flatMap(({ ticket_id: identity, hold_seq: holdSeq, hold_expires_at }) => [
    String(hold_expires_at.getTime()),
    formatDeadline({ sale: sale.id, identity, holdSeq }),
  ]);
  for (let from = 0; from < members.length; from += 2_000) {
    await redis.zadd(deadlines, 'XX', ...members.slice(from, from + 2_000));
  }
}

async function waitUntilBack({ db, sale }: BenchLine, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const { available } = await db
      .selectFrom('products')
      .select('available')
      .where('id', '=', sale.product)
      .executeTakeFirstOrThrow();
    if (available === HOLDS) return;
    await setTimeout(LOOK_MS);
  }
}
