import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { findFreePort } from '../demo/free-port.ts';
import { waitUntilReady } from '../demo/readiness.ts';
import { makeAccessToken } from '../src/api/tokens/access-token.ts';
import { EventClient } from '../test/support/event-client.ts';
import { engineUrls, startChild } from './child.ts';
import type { BenchContext } from './context.ts';
import { type Engines, withEngines } from './engines.ts';
import { format } from './report.ts';
import { type BenchSale, createSale, makeBuyers, openDb } from './sale.ts';

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
export async function benchEvents(context: BenchContext): Promise<boolean> {
  const { print } = context;
  const { tookMs, before, after } = await withEngines(context, (engines) =>
    sellOut(context, engines),
  );
  const sorted = tookMs.toSorted((a, b) => a - b);
  const max = sorted.at(-1) ?? Number.NaN;
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const passed = max < BOUND_MS;
  print(
    `${format(WATCHERS)} browsers see that ${UNITS} units are sold out, ms after the last ticket: ` +
      `p50 ${format(median)}, max ${format(max)}: ${passed ? 'pass' : 'FAIL'} (under ${format(BOUND_MS)})`,
  );
  if (before !== undefined && after !== undefined) {
    const each = ((after - before) * 1_024) / WATCHERS;
    print(
      `API process: ${format(before)} MB before, ${format(after)} MB with them: ${format(each)} KB each`,
    );
  }
  return passed;
}

async function sellOut(context: BenchContext, engines: Engines) {
  await using cleanup = context.newCleanup();
  const failed = Promise.withResolvers<never>();
  const sale = await createSale(openDb(cleanup, engines.postgres.url), UNITS);
  const secret = randomBytes(32).toString('hex');
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const env = { ...engineUrls(engines), PORT: String(port), AUTH_JWT_SECRET: secret };
  const api = startChild(
    cleanup,
    'src/api/main.ts',
    { ...env, LINE_SHARDS: '1', RATE_LIMIT_ENABLED: 'false' },
    failed.reject,
  );
  startChild(cleanup, 'src/workers/main.ts', engineUrls(engines), failed.reject);
  await waitUntilReady({ url, timeoutMs: 30_000, signal: context.signal });

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
    await buyEverything(url, sale, secret);
    const lastMs = performance.now();
    const tookMs = (await Promise.all(seen)).map((atMs) => Math.max(0, atMs - lastMs));
    return { tookMs, before, after: residentMb(api.pid) };
  };
  return await Promise.race([measure(), failed.promise]);
}

async function openWatchers(url: string, saleId: string): Promise<EventClient[]> {
  const watchers: EventClient[] = [];
  while (watchers.length < WATCHERS) {
    const some = Array.from({ length: AT_ONCE }, () => EventClient.open(url, saleId));
    watchers.push(...(await Promise.all(some)));
  }
  return watchers;
}

/** As many tickets as units, all at once; resolves when the last is accepted. */
async function buyEverything(url: string, sale: BenchSale, secret: string): Promise<void> {
  const body = JSON.stringify({ items: [{ productId: sale.product, quantity: 1 }] });
  const tokens = await Promise.all(
    makeBuyers(UNITS).map((sub) =>
      makeAccessToken(secret, { sub, role: 'buyer', ttlSeconds: 600 }),
    ),
  );
  await Promise.all(
    tokens.map(async (token) => {
      const response = await fetch(`${url}/api/sales/${sale.id}/tickets`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body,
      });
      if (response.status !== 202) throw new Error(`a ticket was answered ${response.status}`);
      await response.arrayBuffer();
    }),
  );
}

/** Memory of a process, in MB; undefined where it cannot be read. */
function residentMb(pid: number): number | undefined {
  try {
    const kb = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kb === undefined ? undefined : Number(kb) / 1_024;
  } catch {
    return undefined;
  }
}
