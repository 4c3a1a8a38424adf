import type { Stock } from '../../../domain/sale.ts';
import { formatNumber } from '../../kit/format.ts';

/** The stock of a product in a buyer's words. */
export function stockInWords({ available, held, total }: Stock): string {
  if (available > 0) return `${formatNumber(available)} of ${formatNumber(total)} left`;
  if (held > 0) return `${formatNumber(held)} held, may come back`;
  return 'Sold out';
}
