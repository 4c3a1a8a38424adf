import { EventClient } from '../../test/support/event-client.ts';
import { takeTickets } from '../load/take.ts';
import { makeTokens } from '../load/tokens.ts';
import type { BenchContext } from '../support/context.ts';
import { type Engines, withEngines } from '../support/engines.ts';
import { residentMb } from '../support/memory.ts';
import { format } from '../support/report.ts';
import { createSale, makeBuyers, openDb } from '../support/sale.ts';
import { openSystem, waitForLine } from '../support/system.ts';

const WATCHERS = 2_000;
const UNITS = 300;

/** Connections opened at once; the backlog of a listening socket is limited. */
const AT_ONCE = 200;

/** How soon every browser has to have seen that nothing is left, in ms. */
const BOUND_MS = 2_000;

/**
 * Two thousand browsers watch a sale at one API process while it sells out. Measures from the
 * answer to the last ticket that gets a unit to each browser's first sold-out snapshot.
 */
export async function benchEvents(context: BenchContext): Promise<void> {
  const { print, record, judge } = context;
  const { tookMs, before, after } = await withEngines(context, (engines) =>
    sellOut(context, engines),
  );
  const sorted = tookMs.toSorted((a, b) => a - b);
  const max = sorted.at(-1) ?? Number.NaN;
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  print(
    `${format(WATCHERS)} browsers see that ${UNITS} units are sold out, ms after the last ticket: ` +
      `half of them ${format(median)}`,
  );
  record({ median, max, beforeMb: before, afterMb: after });
  judge({ title: 'the last of them', value: max, unit: 'ms', atMost: BOUND_MS });
  if (before !== undefined && after !== undefined) {
    const each = ((after - before) * 1_024) / WATCHERS;
    print(
      `API process: ${format(before)} MB before, ${format(after)} MB with them: ${format(each)} KB each`,
    );
  }
}

async function sellOut(context: BenchContext, engines: Engines) {
  await using cleanup = context.newCleanup();
  const system = openSystem(context, cleanup, engines);
  const sale = await createSale(openDb(cleanup, engines.postgres.url), UNITS);
  const api = await system.startApi();
  const { url } = api;
  system.startWorker();
  await waitForLine(context, url);

  const measure = async () => {
    const before = residentMb(api.pid);
    const watchers = await openWatchers(url, sale.id);
    cleanup.defer(() => {
      for (const watcher of watchers) watcher.close();
    });
    await Promise.all(watchers.map((one) => one.until(({ phase }) => phase === 'open')));
    const seen = watchers.map(async (one) => {
      await one.until(({ phase }) => phase === 'sold_out');
      return performance.now();
    });
    await takeTickets(url, sale, makeTokens(system.secret, makeBuyers(UNITS)));
    const lastMs = performance.now();
    const tookMs = (await Promise.all(seen)).map((atMs) => Math.max(0, atMs - lastMs));
    return { tookMs, before, after: residentMb(api.pid) };
  };
  return await Promise.race([measure(), system.failed]);
}

async function openWatchers(url: string, saleId: string): Promise<EventClient[]> {
  const watchers: EventClient[] = [];
  while (watchers.length < WATCHERS) {
    const some = Array.from({ length: AT_ONCE }, () => EventClient.open(url, saleId));
    watchers.push(...(await Promise.all(some)));
  }
  return watchers;
}
