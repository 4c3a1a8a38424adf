import type { SaleEventView } from '../../src/api/schemas/sale.ts';
import type { Scene } from './scene.ts';

/** Violations, whatever the crowd does. */
export function findFaults(
  { sale, tally }: Pick<Scene, 'sale' | 'tally'>,
  latest: SaleEventView | undefined,
): string[] {
  const faults = tally.failures().map(([what, times]) => `${times} x ${what}`);
  for (const { id, stock } of latest?.products ?? []) {
    const { total, available, held, sold } = stock;
    const isConserved = available + held + sold === total && Math.min(available, held, sold) >= 0;
    if (!isConserved) faults.push(`OVERSOLD ${id}: ${JSON.stringify(stock)}`);
  }
  const before = sale.products.reduce((sum, { stock }) => sum + stock.sold, 0);
  const after = latest?.products.reduce((sum, { stock }) => sum + stock.sold, 0);
  if (after !== undefined && after - before < tally.of('paid')) {
    faults.push(`${tally.of('paid')} orders are paid, of which ${after - before} count as sold`);
  }
  return faults;
}
