import { randomBytes } from 'node:crypto';
import type { Batch } from '../../src/domain/entry.ts';
import { readDecided, readEpoch } from '../../src/redis/line-reads.ts';
import { decide } from '../../src/redis/scripts/decide.ts';
import type { BenchContext } from './context.ts';
import { readCpu } from './cpu.ts';
import type { Engines } from './engines.ts';
import { openLine } from './line.ts';
import { makeBuyers } from './sale.ts';

const TICKETS_PER_BATCH = 100;
const BATCHES_PER_GROUP = 16;

/** What lua/decide.lua does alone. */
export interface DecideFigures {
  readonly perSecond: number;
  readonly redisMicros: number;
}

/**
 * Lets a pipelining client call the script that decides, with no queue before it and nothing
 * recorded behind it: what the line cannot exceed.
 */
export async function decideAlone(
  context: BenchContext,
  engines: Engines,
  tickets: number,
): Promise<DecideFigures> {
  await using cleanup = context.newCleanup();
  const { redis, keys, sale, accept } = await openLine(cleanup, engines, tickets / 10);
  await accept(makeBuyers(1)); // loads the sale
  const epoch = (await readEpoch(redis, keys)) ?? 0;
  const decided = await readDecided(redis, keys.at(epoch));
  const buyers = makeBuyers(tickets);
  const batches = Array.from({ length: tickets / TICKETS_PER_BATCH }, (_, i): Batch => {
    const last = (i + 1) * TICKETS_PER_BATCH;
    const own = buyers.slice(last - TICKETS_PER_BATCH, last);
    return {
      uid: randomBytes(12).toString('base64url'),
      sale: sale.id,
      at: Date.now(),
      epoch,
      pos: last,
      all: last,
      t: own.map((buyer) => [buyer, '0x1']),
    };
  });
  const jobs = batches.map((batch) => ({ raw: JSON.stringify(batch), sale: sale.id }));

  const before = readCpu({ redis: engines.redis.pid });
  const startMs = performance.now();
  const replies = [];
  for (let from = 0; from < jobs.length; from += BATCHES_PER_GROUP) {
    const group = {
      firstJob: decided + from + 1,
      jobs: jobs.slice(from, from + BATCHES_PER_GROUP),
    };
    replies.push(decide.run(redis, keys, epoch, group));
  }
  const last = (await Promise.all(replies)).at(-1);
  const tookMs = performance.now() - startMs;
  const after = readCpu({ redis: engines.redis.pid });
  if (last?.status !== 'DECIDED' || last.seq < jobs.length) {
    throw new Error(`decided alone: ${JSON.stringify(last)}`);
  }
  return {
    perSecond: (tickets / tookMs) * 1_000,
    redisMicros: ((after?.redis ?? 0) - (before?.redis ?? 0)) / tickets,
  };
}
