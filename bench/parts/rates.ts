import { connectRedis } from '../../src/redis/client.ts';
import { ShardKeys } from '../../src/redis/keys.ts';
import { takeAndWait } from '../load/take-and-wait.ts';
import { makeTokens } from '../load/tokens.ts';
import type { BenchContext } from '../support/context.ts';
import { readCpu } from '../support/cpu.ts';
import { withEngines } from '../support/engines.ts';
import { percentile } from '../support/percentile.ts';
import { alignTable, format } from '../support/report.ts';
import { createSale, makeBuyers, openDb, silent } from '../support/sale.ts';
import { openSystem, waitForLine } from '../support/system.ts';
import { waitUntilDecided } from '../support/wait-until-decided.ts';

const SECONDS = 8;

/** Tickets a second; undefined: as many as there is room for. */
const RATES = [
  { perSecond: 10, connections: 10 },
  { perSecond: 100, connections: 50 },
  { perSecond: 1_000, connections: 200 },
  { perSecond: undefined, connections: 200 },
];

/**
 * Purchases at a fixed rate, through one API process and one worker: how long until a ticket is
 * accepted, and until its buyer knows how it was decided, and the CPU time that each process spends
 * on it.
 */
export async function benchRates(context: BenchContext): Promise<void> {
  await withEngines(context, async (engines) => {
    await using cleanup = context.newCleanup();
    const system = openSystem(context, cleanup, engines);
    const redis = connectRedis(engines.redis.url, 'worker', silent);
    cleanup.defer(() => redis.disconnect());
    const api = await system.startApi();
    const worker = system.startWorker();
    const sale = await createSale(openDb(cleanup, engines.postgres.url), 500);
    await waitForLine(context, api.url);
    const { redis: ofRedis, postgres } = engines;
    const pids = { api: api.pid, redis: ofRedis.pid, worker: worker.pid, postgres: postgres.pid };

    const measure = async () => {
      const rows: string[][] = [];
      for (const { perSecond, connections } of RATES) {
        context.note(`${perSecond ?? 'as many tickets as possible'} a second …`);
        const tokens = makeTokens(system.secret, makeBuyers(5_000));
        const before = readCpu(pids);
        const options = { connections, perSecond, seconds: SECONDS };
        const { acceptedMs, decidedMs } = await takeAndWait(api.url, sale, tokens, options);
        await waitUntilDecided(redis, new ShardKeys(0));
        const after = readCpu(pids);
        const cost = (name: keyof typeof pids) =>
          ((after?.[name] ?? 0) - (before?.[name] ?? 0)) / acceptedMs.length;
        const at = (values: readonly number[]) =>
          [50, 95, 99].map((percent) => percentile(values, percent));
        const cpu = [cost('api'), cost('redis'), cost('worker'), cost('postgres')];
        const reached = acceptedMs.length / SECONDS;
        context.record({
          [perSecond === undefined ? 'saturated' : `${perSecond} a second`]: {
            reached,
            acceptedMs: at(acceptedMs),
            decidedMs: at(decidedMs),
            cpuMicros: cpu,
          },
        });
        rows.push([
          perSecond === undefined ? 'saturated' : format(perSecond),
          format(reached),
          at(acceptedMs)
            .map((ms) => format(ms, 1))
            .join(' · '),
          at(decidedMs)
            .map((ms) => format(ms, 1))
            .join(' · '),
          cpu.map((micros) => format(micros)).join(' · '),
        ]);
      }
      return rows;
    };
    const rows = await Promise.race([measure(), system.failed]);
    const head = [
      'tickets a second',
      'reached',
      'accepted ms p50 · 95 · 99',
      'decided ms',
      'CPU µs: API, with a poll · Redis · worker · Postgres',
    ];
    for (const line of alignTable([head, ...rows])) context.print(line);
  });
}
