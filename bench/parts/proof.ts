import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import type { Db } from '../../src/db/client.ts';
import { findPublishedLog } from '../../src/db/public-logs.ts';
import { exportLog } from '../../src/ops/export-log.ts';
import { makeSigningKey } from '../../src/process/signing-key.ts';
import { startBrowser } from '../../test/support/start-browser.ts';
import type { BenchContext } from '../support/context.ts';
import { withEngines } from '../support/engines.ts';
import { openLine } from '../support/line.ts';
import { residentMb } from '../support/memory.ts';
import { format } from '../support/report.ts';
import { makeBuyers } from '../support/sale.ts';
import { openSystem } from '../support/system.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TICKETS = 1_000_000;

/** How often it is looked whether all is public, in ms. */
const LOOK_MS = 50;

/** Longest that checking a sale may take, in seconds. */
const CHECKED_SECONDS = 60;

/**
 * The public log of a sale of a million tickets: how far it is behind what is decided, what it
 * takes in Postgres and as a folder, and how long verify.mjs and the page need to check all of it.
 */
export async function benchProof(context: BenchContext): Promise<void> {
  await promisify(execFile)('npm', ['run', '--silent', 'build:web'], { cwd: ROOT });
  await withEngines(context, async (engines) => {
    await using cleanup = context.newCleanup();
    const line = await openLine(cleanup, engines, TICKETS / 10);
    context.note(`${format(TICKETS)} tickets …`);
    await line.accept(makeBuyers(TICKETS));
    const decided = Promise.withResolvers<number>();
    await line.onPassed((passed) => {
      if (passed === TICKETS) decided.resolve(performance.now());
    });
    const env = { LOG_SIGNING_KEY: makeSigningKey('bench.example') };
    const system = openSystem(context, cleanup, engines);
    const startedMs = performance.now();
    system.startWorker(env);
    const decidedMs = await Promise.race([decided.promise, system.failed]);
    const leaves = await waitUntilPublished(line.db, line.sale.id);
    const publishedMs = performance.now();
    const perTicket = (await bytesOfLogs(line.db)) / TICKETS;

    const folder = await mkdtemp(join(tmpdir(), 'fairline-proof-'));
    cleanup.defer(() => rm(folder, { recursive: true }));
    const verifier = join(ROOT, 'dist/web/verify.mjs');
    await exportLog(line.db, { sale: line.sale.id, folder, verifier });
    const exportedMs = performance.now();
    const folderMb = (await bytesIn(folder)) / 1e6;
    const { seconds, megabytes } = await verify(folder);
    const { url } = await system.startApi(env);
    const pageSeconds = await checkOnPage(cleanup, `${url}/sales/${line.sale.id}/proof`);

    const figures = {
      leaves,
      decidedSeconds: (decidedMs - startedMs) / 1_000,
      behindSeconds: (publishedMs - decidedMs) / 1_000,
      postgresBytesPerTicket: perTicket,
      exportSeconds: (exportedMs - publishedMs) / 1_000,
      ...{ folderMb, verifySeconds: seconds, verifyMb: megabytes, pageSeconds },
    };
    context.record(figures);
    context.print(
      `${format(TICKETS)} tickets in ${format(leaves)} leaves, decided in ` +
        `${format(figures.decidedSeconds, 1)} s; public ${format(figures.behindSeconds, 1)} s ` +
        `later; ${format(perTicket, 1)} bytes of Postgres a ticket`,
    );
    context.print(
      `exported in ${format(figures.exportSeconds, 1)} s: ${format(folderMb, 1)} MB; ` +
        `verify.mjs takes ${format(megabytes)} MB of memory`,
    );
    const judge = (title: string, value: number) =>
      context.judge({ title, value, unit: 's', atMost: CHECKED_SECONDS });
    judge('verify.mjs, a million tickets', seconds);
    judge('the page, a million tickets', pageSeconds);
  });
}

/** @returns how many leaves the log has */
async function waitUntilPublished(db: Db, sale: string): Promise<number> {
  for (;;) {
    const log = await findPublishedLog(db, sale);
    if (log?.lineNumber === TICKETS) return log.size;
    await setTimeout(LOOK_MS);
  }
}

async function bytesOfLogs(db: Db): Promise<number> {
  const { rows } = await sql<{ bytes: string }>`
    select pg_total_relation_size('public_log_leaves') + pg_total_relation_size('public_log_nodes')
      as bytes`.execute(db);
  return Number(rows[0]?.bytes);
}

async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** @returns how long the page takes from the first byte to its verdict, in seconds */
async function checkOnPage(cleanup: AsyncDisposableStack, url: string): Promise<number> {
  const browser = await startBrowser();
  cleanup.defer(() => browser.close());
  const page = await browser.newPage();
  const startedMs = performance.now();
  await page.goto(url);
  await page.getByText('Everything is in order.').waitFor({ timeout: 300_000 });
  await page.getByRole('img', { name: `The line: ${format(TICKETS)} tickets.` }).waitFor();
  return (performance.now() - startedMs) / 1_000;
}

/** @throws Error when it finds something, or cannot check */
async function verify(folder: string): Promise<{ seconds: number; megabytes: number }> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [join(folder, 'verify.mjs'), folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let megabytes = 0;
  const look = setInterval(() => {
    megabytes = Math.max(megabytes, residentMb(child.pid ?? 0) ?? 0);
  }, LOOK_MS);
  const [code] = await once(child, 'exit');
  clearInterval(look);
  if (code !== 0) throw new Error(`verify.mjs ended with ${code}`);
  return { seconds: (performance.now() - startedMs) / 1_000, megabytes };
}
