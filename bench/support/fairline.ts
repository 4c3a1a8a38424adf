import { findPublishedLog } from '../../src/db/public-logs.ts';
import { makeSigningKey } from '../../src/process/signing-key.ts';
import { engineUrls, startChild } from './child.ts';
import type { BenchContext } from './context.ts';
import type { Engines } from './engines.ts';
import { openLine } from './line.ts';
import { type Figures, Meter, readMemory } from './meter.ts';
import { makeBuyers } from './sale.ts';
import { assertDecided, assertSoldInOrder } from './verify.ts';

/** The tickets that load the sale, before memory is measured: one batch. */
const LOADING = 100;

/** The measurements of our pipeline. */
export interface FairlineFigures extends Figures {
  /**
   * Share of the tickets that were in the table `tickets` at the end, 0 to 1. The workers fill it
   * from the log during the drain and continue afterwards: that work is not in the figures.
   */
  readonly listed: number;
  /** Share of the tickets that were in the sale's public log at the end, 0 to 1. */
  readonly published: number;
}

/**
 * Fills our line with `tickets` tickets while no worker runs, then has one worker process drain it.
 * Measured from the first public group to the last; the tickets of the first group do not count.
 *
 * @throws Error when its decisions are wrong
 */
export async function drainFairline(
  context: BenchContext,
  engines: Engines,
  tickets: number,
): Promise<FairlineFigures> {
  await using cleanup = context.newCleanup();
  const line = await openLine(cleanup, engines, tickets / 10);
  const buyers = makeBuyers(tickets);
  await line.accept(buyers.slice(0, LOADING));
  const before = await readMemory(line.redis);
  await line.accept(buyers.slice(LOADING));
  const waitingBytes = ((await readMemory(line.redis)) - before) / (tickets - LOADING);

  const drained = Promise.withResolvers<ReturnType<Meter['end']>>();
  const env = { ...engineUrls(engines), LOG_SIGNING_KEY: makeSigningKey('bench.example') };
  const worker = startChild(cleanup, 'src/workers/main.ts', env, drained.reject);
  const meter = new Meter({
    redis: engines.redis.pid,
    postgres: engines.postgres.pid,
    worker: worker.pid,
  });
  await line.onPassed((passed) => {
    if (!meter.hasBegun) meter.begin(passed);
    if (passed === tickets) drained.resolve(meter.end(passed));
  });
  const figures = await drained.promise;
  const log = await findPublishedLog(line.db, line.sale.id);
  await worker.end('SIGTERM');
  await assertDecided(line.db, line.sale, tickets);
  await assertSoldInOrder(line.db, line.sale, buyers);
  const { listed } = await line.db
    .selectFrom('tickets')
    .select((eb) => eb.fn.countAll<number>().as('listed'))
    .executeTakeFirstOrThrow();
  const published = (log?.lineNumber ?? 0) / tickets;
  return { ...figures, waitingBytes, listed: listed / tickets, published };
}
