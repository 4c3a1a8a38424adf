import { randomUUID } from 'node:crypto';
import { type Logger, pino } from 'pino';
import { connectDb, type Db } from '../../src/db/client.ts';
import { insertSale } from '../../src/db/sales.ts';
import { ensureShards } from '../../src/db/shards.ts';
import { DEFAULT_SETTINGS } from '../../src/domain/sale-settings.ts';

const DAY_MS = 86_400_000;

/** For components whose log is not read. */
export const silent: Logger = pino({ level: 'silent' });

/** A sale of one product, one unit per buyer, open all day. */
export interface BenchSale {
  readonly id: string;
  readonly product: string;
  readonly stock: number;
  readonly startsMs: number;
  readonly endsMs: number;
}

/** Connects to Postgres until cleanup. */
export function openDb(cleanup: AsyncDisposableStack, url: string): Db {
  const db = connectDb(url, silent, 2);
  cleanup.defer(() => db.destroy());
  return db;
}

/** Creates the sale in Postgres, on shard 0 of one. */
export async function createSale(db: Db, stock: number): Promise<BenchSale> {
  const now = Date.now();
  const sale = {
    id: randomUUID(),
    product: randomUUID(),
    stock,
    startsMs: now - DAY_MS,
    endsMs: now + DAY_MS,
  };
  const product = { id: sale.product, name: 'Ticket', description: '', amount: 2_500 };
  await ensureShards(db, 1);
  await insertSale(
    db,
    {
      ...DEFAULT_SETTINGS,
      id: sale.id,
      name: 'Benchmark',
      startsAtMs: sale.startsMs,
      endsAtMs: sale.endsMs,
      perBuyerLimit: 1,
      holdMs: 3_600_000,
      products: [{ ...product, currency: 'eur', stock }],
    },
    1,
  );
  return sale;
}

/** Buyer ids as an identity provider assigns them: UUIDs. */
export function makeBuyers(count: number): string[] {
  return Array.from({ length: count }, () => randomUUID());
}
