import type { Stock } from '../../../domain/sale.ts';
import { formatNumber } from '../../kit/format.ts';

/** What the stock of a product means to somebody who wants it. */
export function stockInWords({ available, held, total }: Stock): string {
  if (available > 0) return `${formatNumber(available)} of ${formatNumber(total)} left`;
  if (held > 0) return `${formatNumber(held)} held, may come back`;
  return 'Sold out';
}
