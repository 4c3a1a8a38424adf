import type { SaleView } from '../../../api/schemas/sale.ts';
import { formatMoney } from '../../../domain/price.ts';

/** Takings of a list of products, actual and possible: minor units by currency. */
export interface Takings {
  readonly currency: string;
  readonly sold: number;
  readonly whole: number;
}

/** Sold units times price, by currency; the largest first. */
export function takingsOf(products: SaleView['products']): Takings[] {
  const sums = new Map<string, { sold: number; whole: number }>();
  for (const { currency, amount, stock } of products) {
    const sum = sums.get(currency) ?? { sold: 0, whole: 0 };
    sums.set(currency, {
      sold: sum.sold + amount * stock.sold,
      whole: sum.whole + amount * stock.total,
    });
  }
  return [...sums]
    .map(([currency, sum]) => ({ currency, ...sum }))
    .sort((one, other) => other.whole - one.whole);
}

/** Takings in words: "€1,490.00 + ¥3,000". */
export function takingsInWords(takings: readonly Takings[], what: 'sold' | 'whole'): string {
  return takings.map((one) => formatMoney(one[what], one.currency)).join(' + ');
}
