import { pollTickets, takeTickets } from '../load/take.ts';
import { makeTokens } from '../load/tokens.ts';
import type { BenchContext } from '../support/context.ts';
import { readCpu } from '../support/cpu.ts';
import { withEngines } from '../support/engines.ts';
import { residentMb } from '../support/memory.ts';
import { percentile } from '../support/percentile.ts';
import { format } from '../support/report.ts';
import { createSale, makeBuyers, openDb } from '../support/sale.ts';
import { openSystem } from '../support/system.ts';

/** As many as there are sockets for: this process and the API each need one per poll. */
const POLLS = 10_000;

/** How many polls are begun a second: the backlog of a listening socket is limited. */
const BEGUN_PER_SECOND = 5_000;

/** How long all have to have begun before the line moves, in ms. */
const GATHER_MS = 4_000;

/**
 * Ten thousand buyers wait for their decision at one API process, each with a long poll; then a
 * worker starts, and all are answered.
 */
export async function benchLongPolls(context: BenchContext): Promise<void> {
  await withEngines(context, async (engines) => {
    await using cleanup = context.newCleanup();
    const system = openSystem(context, cleanup, engines);
    const api = await system.startApi();
    const sale = await createSale(openDb(cleanup, engines.postgres.url), 500);
    const measure = async () => {
      const tokens = makeTokens(system.secret, makeBuyers(POLLS));
      const tickets = await takeTickets(api.url, sale, tokens);
      const beforeMb = residentMb(api.pid);
      const polls = pollTickets(api.url, tickets, {
        connections: POLLS,
        perSecond: BEGUN_PER_SECOND,
      });
      await Promise.race([new Promise((resolve) => setTimeout(resolve, GATHER_MS)), polls]);
      const waitingMb = residentMb(api.pid);
      const before = readCpu({ api: api.pid });
      system.startWorker();
      const answers = await polls;
      const after = readCpu({ api: api.pid });
      const undecided = answers.filter(({ status }) => status === 'queued').length;
      if (undecided > 0) throw new Error(`${undecided} long polls ended undecided`);
      // Some began late: they were answered at once.
      const firstMs = Math.min(...answers.map(({ atMs }) => atMs));
      const tookMs = answers.map(({ atMs }) => atMs - firstMs);
      const cpuMicros = ((after?.api ?? 0) - (before?.api ?? 0)) / POLLS;
      return { tookMs, beforeMb, waitingMb, cpuMicros };
    };
    const { tookMs, beforeMb, waitingMb, cpuMicros } = await Promise.race([
      measure(),
      system.failed,
    ]);
    const p50 = percentile(tookMs, 50);
    const last = percentile(tookMs, 100);
    context.record({ polls: POLLS, p50, last, beforeMb, waitingMb, cpuMicros });
    context.print(
      `${format(POLLS)} long polls at one API process, answered after the first: half of them ` +
        `after ${format(p50)} ms, the last after ${format(last)} ms; ${format(cpuMicros)} µs of CPU each`,
    );
    if (beforeMb !== undefined && waitingMb !== undefined) {
      const each = ((waitingMb - beforeMb) * 1_024) / POLLS;
      context.print(
        `API process: ${format(beforeMb)} MB before, ${format(waitingMb)} MB with them: ` +
          `${format(each, 1)} KB each`,
      );
    }
  });
}
