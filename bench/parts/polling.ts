import { setTimeout as delay } from 'node:timers/promises';
import { measureRun } from '../load/cpu-of-run.ts';
import { takeTickets } from '../load/take.ts';
import { makeTokens } from '../load/tokens.ts';
import { listRequests } from '../load/wrk.ts';
import type { BenchContext } from '../support/context.ts';
import { type Engines, withEngines } from '../support/engines.ts';
import { openLine } from '../support/line.ts';
import { format } from '../support/report.ts';
import { makeBuyers } from '../support/sale.ts';
import { openSystem } from '../support/system.ts';

/** Tickets before those that are polled: enough that the polls end before the line does. */
const WAITING = 400_000;

/** Few: a held ticket costs Postgres far more than one that finds nothing left. */
const STOCK = 500;

/** Buyers who poll. */
const POLLED = 1_000;

const SECONDS = 4;

/**
 * Polls of tickets that wait, as many as one API process answers, while one worker decides those
 * before them; and the same drain with nobody polling.
 */
export async function benchPolling(context: BenchContext): Promise<void> {
  context.note('a line that drains, nobody polls …');
  const alone = await withEngines(context, (engines) => drainWhile(context, engines, false));
  context.note('a line that drains, everybody polls …');
  const polled = await withEngines(context, (engines) => drainWhile(context, engines, true));
  const { polls } = polled;
  context.record({ alonePerSecond: alone.perSecond, polledPerSecond: polled.perSecond, polls });
  context.print(
    `decided a second: ${format(alone.perSecond)} with nobody polling, ${format(polled.perSecond)} ` +
      `while ${format(polls?.perSecond ?? 0)} polls a second are answered, ` +
      `${format(polls?.apiMicros ?? 0)} µs of the API each; ` +
      `p50 ${format(polls?.p50Ms ?? 0, 1)} ms, p99 ${format(polls?.p99Ms ?? 0, 1)} ms`,
  );
}

/** How a line drained during some seconds, and how polls were answered meanwhile. */
interface Drain {
  readonly perSecond: number;
  readonly polls?: {
    readonly perSecond: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly apiMicros: number;
  };
}

async function drainWhile(
  context: BenchContext,
  engines: Engines,
  polling: boolean,
): Promise<Drain> {
  await using cleanup = context.newCleanup();
  const line = await openLine(cleanup, engines, STOCK);
  const system = openSystem(context, cleanup, engines);
  const api = await system.startApi();
  await line.accept(makeBuyers(WAITING));
  const tickets = await takeTickets(
    api.url,
    line.sale,
    makeTokens(system.secret, makeBuyers(POLLED)),
  );
  const list = listRequests(
    cleanup,
    tickets.map(({ token, ticketId }) => ({
      method: 'GET',
      path: `/api/tickets/${ticketId}`,
      token,
    })),
  );
  let passed = 0;
  const begun = Promise.withResolvers<void>();
  await line.onPassed((last) => {
    passed = last;
    begun.resolve();
  });
  system.startWorker();
  const measure = async () => {
    await begun.promise;
    const before = passed;
    const atMs = performance.now();
    const run = polling
      ? await measureRun({ url: api.url, pids: { api: api.pid } }, list, { seconds: SECONDS })
      : await delay(SECONDS * 1_000, undefined);
    const perSecond = ((passed - before) / (performance.now() - atMs)) * 1_000;
    if (passed >= WAITING) throw new Error('the line ended before the polls did');
    return {
      perSecond,
      ...(run && {
        polls: {
          perSecond: run.report.perSecond,
          p50Ms: run.report.p50 / 1_000,
          p99Ms: run.report.p99 / 1_000,
          apiMicros: run.cpuMicros.api,
        },
      }),
    };
  };
  return await Promise.race([measure(), system.failed]);
}
