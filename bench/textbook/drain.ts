import { randomUUID } from 'node:crypto';
import { Queue } from 'bullmq';
import type { RedisClient } from '../../src/redis/client.ts';
import { connectRedis } from '../../src/redis/client.ts';
import { engineUrls, startChild } from '../support/child.ts';
import type { BenchContext } from '../support/context.ts';
import type { Engines } from '../support/engines.ts';
import { type Figures, Meter, readMemory } from '../support/meter.ts';
import { type BenchSale, createSale, makeBuyers, openDb, silent } from '../support/sale.ts';
import { assertSoldInOrder } from '../support/verify.ts';
import { loadTextbookSale, saleKeys, TEXTBOOK_QUEUE, type TicketJob } from './ticket.ts';

/** Jobs per `addBulk`. */
const BULK = 1_000;

/**
 * The textbook pipeline: one BullMQ job per ticket, one worker with concurrency 1 (for first come,
 * first served), a Lua script that checks and takes the stock, an insert per winner. Measured from
 * the first completed job to the last.
 *
 * @throws Error when it did not sell exactly its stock in order
 */
export async function drainTextbook(
  context: BenchContext,
  engines: Engines,
  tickets: number,
): Promise<Figures> {
  await using cleanup = context.newCleanup();
  const db = openDb(cleanup, engines.postgres.url);
  const redis = connectRedis(engines.redis.url, 'worker', silent);
  cleanup.defer(() => redis.disconnect());
  const sale = await createSale(db, tickets / 10);
  await loadTextbookSale(redis, sale);
  const buyers = makeBuyers(tickets);
  const before = await readMemory(redis);
  await enqueue(redis, sale, buyers);
  const waitingBytes = ((await readMemory(redis)) - before) / tickets;

  const drained = Promise.withResolvers<ReturnType<Meter['end']>>();
  const env = { ...engineUrls(engines), BENCH_TICKETS: String(tickets) };
  const worker = startChild(cleanup, 'bench/textbook/worker.ts', env, drained.reject);
  const meter = new Meter({
    redis: engines.redis.pid,
    postgres: engines.postgres.pid,
    worker: worker.pid,
  });
  worker.process.on('message', (completed: number) => {
    if (completed === 1) meter.begin(completed);
    else drained.resolve(meter.end(completed));
  });
  const figures = await drained.promise;
  await worker.end('SIGTERM');
  await assertOutcomes(redis, sale, tickets);
  await assertSoldInOrder(db, sale, buyers);
  return { ...figures, waitingBytes };
}

async function enqueue(
  redis: RedisClient,
  sale: BenchSale,
  buyers: readonly string[],
): Promise<void> {
  const queue = new Queue<TicketJob>(TEXTBOOK_QUEUE, {
    connection: redis,
    defaultJobOptions: { removeOnComplete: true },
  });
  for (let from = 0; from < buyers.length; from += BULK) {
    await queue.addBulk(
      buyers.slice(from, from + BULK).map((buyer) => ({
        name: 'ticket',
        data: { ticket: randomUUID(), sale: sale.id, buyer, product: sale.product, quantity: 1 },
      })),
    );
  }
  await queue.close();
}

/** @throws Error unless every ticket has an outcome that can be polled */
async function assertOutcomes(redis: RedisClient, sale: BenchSale, tickets: number): Promise<void> {
  const outcomes = await redis.hvals(saleKeys(sale.id).outcomes);
  const held = outcomes.filter((outcome) => outcome.startsWith('held|')).length;
  if (outcomes.length !== tickets || held !== sale.stock) {
    throw new Error(`${outcomes.length} outcomes, ${held} of them held`);
  }
}
