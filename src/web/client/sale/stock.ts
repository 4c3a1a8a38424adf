import type { Stock } from '../../../domain/sale.ts';

/** The stock of several products added up. */
export function allStock(products: readonly { readonly stock: Stock }[]): Stock {
  const sum = { total: 0, available: 0, held: 0, sold: 0 };
  for (const { stock } of products) {
    sum.total += stock.total;
    sum.available += stock.available;
    sum.held += stock.held;
    sum.sold += stock.sold;
  }
  return sum;
}
