import type { SaleView } from '../../../api/schemas/sale.ts';
import { formatNumber } from '../../kit/format.ts';

/** What became of the units of a product. */
export type Stock = SaleView['products'][number]['stock'];

/** What the stock of a product means to somebody who wants it. */
export function stockInWords({ available, held, total }: Stock): string {
  if (available > 0) return `${formatNumber(available)} of ${formatNumber(total)} left`;
  if (held > 0) return `${formatNumber(held)} held, may come back`;
  return 'Sold out';
}

/** The stock of several products together. */
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
