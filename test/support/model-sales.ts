import { expect } from 'vitest';
import type { Db } from '../../src/db/client.ts';
import { insertSale } from '../../src/db/sales.ts';
import type { LoadEntry } from '../../src/domain/entry.ts';
import { DEFAULT_SETTINGS } from '../../src/domain/sale-settings.ts';
import { CLOSES, OPENS } from './operations.ts';

/** The first sale has a waitlist, the others have none. */
const waitlistMax = (index: number) => (index === 0 ? 5 : 0);

/** As many holds from one origin as a test makes at times. */
const HOLD_LIMIT = { count: 2, windowMs: 2_000 };

/** Inserts the sales of a model run, on a shard of their own. */
export async function insertModelSales(
  db: Db,
  shard: number,
  sales: readonly string[],
): Promise<void> {
  for (const [index, saleId] of sales.entries()) {
    const product = { name: 'P', description: '', amount: 100, currency: 'eur' };
    const newSale = {
      ...DEFAULT_SETTINGS,
      id: saleId,
      name: saleId,
      startsAtMs: OPENS,
      endsAtMs: CLOSES,
      perBuyerLimit: 3,
      holdMs: 60_000,
      holdLimit: HOLD_LIMIT,
      waitlistMax: waitlistMax(index),
      products: [
        { id: `${saleId}-0`, ...product, stock: 4 },
        { id: `${saleId}-1`, ...product, amount: 0, stock: 2 },
      ],
    };
    await insertSale(db, newSale, shard + 1);
    await db.updateTable('sales').set({ shard }).where('id', '=', saleId).execute();
  }
}

/** The entry of the first load of such a sale. */
export function loadOf(sale: string, index: number): LoadEntry {
  return {
    k: 'load',
    sale,
    starts: OPENS,
    ends: CLOSES,
    limit: 3,
    holdMs: 60_000,
    stock: [4, 2],
    holdLimit: HOLD_LIMIT,
    ...(waitlistMax(index) > 0 ? { waitlist: waitlistMax(index), waits: 'to_end' } : {}),
  };
}

/** What only an open sale takes is refused, of one that is archived. */
export async function refused(change: Promise<unknown>): Promise<void> {
  await expect(change).rejects.toMatchObject({ code: 'sale_closed' });
}
