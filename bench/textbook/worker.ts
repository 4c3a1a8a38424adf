import { readFileSync } from 'node:fs';
import { Worker } from 'bullmq';
import { connectDb } from '../../src/db/client.ts';
import { readConfig } from '../../src/process/config.ts';
import { createLogger } from '../../src/process/logger.ts';
import { onShutdown } from '../../src/process/shutdown.ts';
import { connectRedis } from '../../src/redis/client.ts';
import { insertOrder } from './orders.ts';
import { saleKeys, TEXTBOOK_QUEUE, type TicketJob } from './ticket.ts';

/** The number of jobs, to detect the first and last completion. */
const tickets = Number(process.env['BENCH_TICKETS']);

const config = readConfig('worker');
const log = createLogger({ level: config.LOG_LEVEL, part: 'textbook' });
const connection = connectRedis(config.REDIS_URL, 'worker', log);
const redis = connectRedis(config.REDIS_URL, 'worker', log);
const db = connectDb(config.DATABASE_URL, log);

redis.defineCommand('takeStock', {
  numberOfKeys: 3,
  lua: readFileSync(new URL('take-stock.lua', import.meta.url), 'utf8'),
});
// ioredis adds the method at run time.
const { takeStock } = redis as unknown as {
  takeStock(...args: (string | number)[]): Promise<[outcome: string, line: number]>;
};

const worker = new Worker<TicketJob, void>(
  TEXTBOOK_QUEUE,
  async ({ data, timestamp }) => {
    const { ticket, buyer, product, quantity } = data;
    const keys = saleKeys(data.sale);
    const args = [ticket, buyer, product, quantity, timestamp];
    const [outcome, line] = await takeStock.call(
      redis,
      ...[keys.sale, keys.buyers, keys.outcomes],
      ...args,
    );
    if (outcome !== 'held') return;
    await insertOrder(db, data, line);
    await redis.hset(keys.outcomes, ticket, `held|${line}`);
  },
  { connection, concurrency: 1 },
);

let completed = 0;
worker.on('completed', () => {
  completed++;
  if (completed === 1 || completed === tickets) process.send?.(completed);
});
worker.on('error', (error) => log.warn({ err: error }, 'worker'));
worker.on('failed', (_job, error) => {
  console.error(error);
  process.exit(1);
});

onShutdown(log, async () => {
  await worker.close();
  redis.disconnect();
  connection.disconnect();
  await db.destroy();
});
