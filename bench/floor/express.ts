import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import express from 'express';
import { ticketRequestSchema } from '../../src/api/schemas/ticket.ts';
import { AccessTokens } from '../../src/api/tokens/access-token.ts';
import { connectDb } from '../../src/db/client.ts';
import { readConfig } from '../../src/process/config.ts';
import { createLogger } from '../../src/process/logger.ts';
import { connectRedis } from '../../src/redis/client.ts';
import { insertOrder } from '../textbook/orders.ts';
import { saleKeys } from '../textbook/ticket.ts';

// The synchronous endpoint that many would write: Express, the same checks, one Lua script a
// request, an order in Postgres for each winner, and the decision in the answer. There is no line:
// who comes first is whoever's script runs first.
const config = readConfig('api');
const log = createLogger({ level: config.LOG_LEVEL, part: 'express' });
const redis = connectRedis(config.REDIS_URL, 'request', log);
const db = connectDb(config.DATABASE_URL, log);
const tokens = new AccessTokens([config.AUTH_JWT_SECRET]);
redis.defineCommand('takeStock', {
  numberOfKeys: 3,
  lua: readFileSync(new URL('../textbook/take-stock.lua', import.meta.url), 'utf8'),
});
// ioredis adds the method at run time.
const { takeStock } = redis as unknown as {
  takeStock(...args: (string | number)[]): Promise<[outcome: string, line: number]>;
};

const app = express();
app.disable('x-powered-by');
app.use(express.json());
app.post('/api/sales/:sale/tickets', async (request, response) => {
  const identity = await tokens.verify((request.get('authorization') ?? '').slice(7));
  const wish = ticketRequestSchema.safeParse(request.body);
  const item = wish.data?.items[0];
  if (identity === undefined || item === undefined) {
    response.status(identity === undefined ? 401 : 400).end();
    return;
  }
  const { sale } = request.params;
  const { sale: key, buyers, outcomes } = saleKeys(sale);
  const ticket = randomUUID();
  const { productId: product, quantity } = item;
  const args = [ticket, identity.buyer, product, quantity, Date.now()];
  const [outcome, line] = await takeStock.call(redis, key, buyers, outcomes, ...args);
  const job = { ticket, sale, buyer: identity.buyer, product, quantity };
  if (outcome === 'held') await insertOrder(db, job, line);
  response.status(201).json({ ticketId: ticket, saleId: sale, status: outcome, lineNumber: line });
});
app.listen(config.PORT, '127.0.0.1');
