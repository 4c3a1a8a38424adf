import type { SaleView } from '../../../api/schemas/sale.ts';
import { formatMoney } from '../../../domain/price.ts';

/**
 * Takings of a list of products, actual and possible: minor units by currency, which may be more
 * than a number has exactly.
 */
export interface Takings {
  readonly currency: string;
  readonly sold: bigint;
  readonly whole: bigint;
}

/** Sold units times price, by currency; the largest first. */
export function takingsOf(products: SaleView['products']): Takings[] {
  const sums = new Map<string, { sold: bigint; whole: bigint }>();
  for (const { currency, amount, stock } of products) {
    const sum = sums.get(currency) ?? { sold: 0n, whole: 0n };
    sums.set(currency, {
      sold: sum.sold + BigInt(amount) * BigInt(stock.sold),
      whole: sum.whole + BigInt(amount) * BigInt(stock.total),
    });
  }
  return [...sums]
    .map(([currency, sum]) => ({ currency, ...sum }))
    .sort((one, other) => (other.whole > one.whole ? 1 : -1));
}

/** Takings in words: "€1,490.00 + ¥3,000". */
export function takingsInWords(takings: readonly Takings[], what: 'sold' | 'whole'): string {
  return takings.map((one) => formatMoney(one[what], one.currency)).join(' + ');
}
