import { execFile } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { connectRedis } from '../../src/redis/client.ts';
import type { BenchContext } from '../support/context.ts';
import { readCpu } from '../support/cpu.ts';
import { withEngines } from '../support/engines.ts';
import { residentMb } from '../support/memory.ts';
import { format } from '../support/report.ts';
import { openDb, silent } from '../support/sale.ts';
import { BUILT, openSystem, waitForLine } from '../support/system.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What starting leaves behind is over after this, in ms. */
const SETTLE_MS = 10_000;
const WATCHED_MS = 15_000;

const SIZES = [
  { shards: 4, workers: 2, commands: 30 },
  { shards: 64, workers: 8, commands: 30 + 64 },
];

/**
 * What a system does while nobody is there, and the memory it takes: one API process and its
 * workers, built as for a container.
 */
export async function benchIdle(context: BenchContext): Promise<void> {
  await promisify(execFile)('npm', ['run', '--silent', 'build:server'], { cwd: ROOT });
  for (const size of SIZES) await measureIdle(context, size);
}

async function measureIdle(
  context: BenchContext,
  { shards, workers, commands }: (typeof SIZES)[number],
): Promise<void> {
  await withEngines(context, async (engines) => {
    await using cleanup = context.newCleanup();
    const system = openSystem(context, cleanup, engines, BUILT);
    const redis = connectRedis(engines.redis.url, 'worker', silent);
    cleanup.defer(() => redis.disconnect());
    const db = openDb(cleanup, engines.postgres.url);
    const api = await system.startApi({ LINE_SHARDS: String(shards) });
    const started = Array.from({ length: workers }, () => system.startWorker());
    await waitForLine(context, api.url);
    const pids = Object.fromEntries([
      ['API', api.pid],
      ...started.map(({ pid }, i) => [`worker ${i + 1}`, pid] as const),
      ['Redis', engines.redis.pid],
      ['Postgres', engines.postgres.pid],
    ]);
    const count = async () =>
      Number(/total_commands_processed:(\d+)/.exec(await redis.info())?.[1]);
    const countQueries = async () => {
      const { calls } = await db
        .selectFrom('pg_stat_database' as never)
        .select(({ ref }) => ref('xact_commit' as never).as('calls'))
        .where('datname' as never, '=', new URL(engines.postgres.url).pathname.slice(1) as never)
        .executeTakeFirstOrThrow();
      return Number(calls);
    };
    const watch = async () => {
      context.note(`${shards} shards, ${workers} workers, nobody there …`);
      await setTimeout(SETTLE_MS);
      const [before, queriesBefore, cpuBefore] = [
        await count(),
        await countQueries(),
        readCpu(pids),
      ];
      await setTimeout(WATCHED_MS);
      const [after, queriesAfter, cpuAfter] = [await count(), await countQueries(), readCpu(pids)];
      const seconds = WATCHED_MS / 1_000;
      const cores = Object.keys(pids).map((name) => {
        const micros = (cpuAfter?.[name] ?? 0) - (cpuBefore?.[name] ?? 0);
        return [name, micros / (WATCHED_MS * 1_000)] as const;
      });
      return {
        perSecond: (after - before) / seconds,
        transactions: (queriesAfter - queriesBefore) / seconds,
        cores: Object.fromEntries(cores) as Record<string, number>,
      };
    };
    const { perSecond, transactions, cores } = await Promise.race([watch(), system.failed]);
    const size = `${shards} shards, ${workers} workers`;
    const ours = ['API', ...started.map((_, i) => `worker ${i + 1}`)];
    const busiest = Math.max(...ours.map((name) => cores[name] ?? 0));
    const mb = (pid: number) => residentMb(pid) ?? Number.NaN;
    const workerMb = Math.max(...started.map(({ pid }) => mb(pid)));
    context.record({ [size]: { perSecond, transactions, cores, apiMb: mb(api.pid), workerMb } });
    context.print(
      `${size}: ${format(perSecond, 1)} Redis commands/s, ${format(transactions, 1)} Postgres ` +
        `transactions/s; of a core: ` +
        Object.entries(cores)
          .map(([name, share]) => `${name} ${format(share * 100, 1)} %`)
          .join(', '),
    );
    const budget = (title: string, value: number, unit: string, atMost: number) =>
      context.judge({ title: `${size}: ${title}`, value, unit, atMost });
    budget('commands of Redis a second', perSecond, '', commands);
    budget('CPU of the busiest process', busiest * 100, '% of a core', 1);
    budget('memory of the API process', mb(api.pid), 'MB', 120);
    budget('memory of a worker process', workerMb, 'MB', 120);
  });
}
