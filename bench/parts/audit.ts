import { execFile } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import type { Db } from '../../src/db/client.ts';
import { makeSigningKey } from '../../src/process/signing-key.ts';
import { engineUrls, startChild } from '../support/child.ts';
import type { BenchContext } from '../support/context.ts';
import { type Engines, withEngines } from '../support/engines.ts';
import { type BenchLine, openLine } from '../support/line.ts';
import { makeBuyers } from '../support/sale.ts';
import { waitUntilDecided } from '../support/wait-until-decided.ts';

const TICKETS = 1_000_000;

/** Accepted before they are decided: buyers and tickets that wait take memory here, too. */
const CHUNK = 100_000;

const MAX_SECONDS = 60;

const LOOK_MS = 200;

/** How long the audit of a sale with a million tickets takes, as an operator runs it. */
export async function benchAudit(context: BenchContext): Promise<void> {
  const seconds = await withEngines(context, (engines) => measureAudit(context, engines));
  context.record({ tickets: TICKETS, seconds });
  context.judge({
    ...{ title: `npm run audit of ${TICKETS} tickets`, value: seconds, unit: 's' },
    atMost: MAX_SECONDS,
  });
}

async function measureAudit(context: BenchContext, engines: Engines): Promise<number> {
  await using cleanup = context.newCleanup();
  const line = await openLine(cleanup, engines, TICKETS / 10);
  const env = engineUrls(engines);
  const signed = { ...env, LOG_SIGNING_KEY: makeSigningKey('bench.example') };
  const failed = Promise.withResolvers<never>();
  const worker = startChild(cleanup, 'src/workers/main.ts', signed, failed.reject);
  await Promise.race([fill(context, line), failed.promise]);
  await worker.end('SIGTERM');
  context.note('auditing …');
  const startMs = performance.now();
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['src/ops/audit.ts', line.sale.id],
    { cwd: fileURLToPath(new URL('../../', import.meta.url)), env: { ...process.env, ...env } },
  );
  const seconds = (performance.now() - startMs) / 1_000;
  context.print(stdout);
  return seconds;
}

/** Has all tickets decided, listed and in the public log. */
async function fill(context: BenchContext, { accept, redis, keys, db }: BenchLine): Promise<void> {
  for (let accepted = 0; accepted < TICKETS; accepted += CHUNK) {
    context.note(`${accepted} tickets …`);
    await accept(makeBuyers(CHUNK));
    await waitUntilDecided(redis, keys);
  }
  while (!(await isFollowed(db))) await setTimeout(LOOK_MS);
}

async function isFollowed(db: Db): Promise<boolean> {
  const { rows } = await sql`
    select from shards join history using (shard), public_logs
    where history.seq = log_seq and size = checkpoint_size and public_logs.seq = log_seq
    `.execute(db);
  return rows.length > 0;
}
