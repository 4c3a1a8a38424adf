import type { RedisClient } from '../../src/redis/client.ts';
import type { BenchSale } from '../support/sale.ts';

/** The textbook's queue name, with BullMQ's own prefix. */
export const TEXTBOOK_QUEUE = 'tickets';

/** The data of a textbook job: one purchase attempt. */
export interface TicketJob {
  readonly ticket: string;
  readonly sale: string;
  readonly buyer: string;
  readonly product: string;
  readonly quantity: number;
}

/** The textbook's keys of one sale in Redis. */
export function saleKeys(sale: string) {
  return {
    /** Window, limit, last line number, and units by product (`stock:<id>`). */
    sale: `textbook:${sale}`,
    /** By buyer: `units|ticket of the live claim|its line number`. */
    buyers: `textbook:${sale}:buyers`,
    /** By ticket, for polling: `status|line number`. */
    outcomes: `textbook:${sale}:outcomes`,
  };
}

/** Writes a sale as the textbook keeps it. */
export async function loadTextbookSale(redis: RedisClient, sale: BenchSale): Promise<void> {
  await redis.hset(saleKeys(sale.id).sale, {
    starts: sale.startsMs,
    ends: sale.endsMs,
    limit: 1,
    line: 0,
    [`stock:${sale.product}`]: sale.stock,
  });
}
