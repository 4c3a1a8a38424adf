import type { Item } from './items.ts';
import { fits } from './waitlist.ts';

/**
 * What polls say of a ticket with little hope. `none`: it is certain that it cannot win.
 * `unlikely`: less than it wants is available or held, so that it wins only if an order is refunded
 * or the seller adds units.
 */
export const OUTLOOKS = ['none', 'unlikely'] as const;
export type Outlook = (typeof OUTLOOKS)[number];

/** What the outlook of a queued ticket depends on. */
export interface SaleOutlook {
  readonly isClosed: boolean;
  /** Tickets that may wait on its waitlist; 0 for none. */
  readonly waitlistMax: number;
  /** The units of its products, by index. */
  readonly products: readonly { readonly available: number; readonly held: number }[];
}

/**
 * The outlook of a queued ticket; undefined while it may well win. In a sale with a waitlist
 * nothing is certain while it is open: the ticket may get a place on it, even if the list is full
 * now, and what comes back later is offered there.
 */
export function queuedOutlook(sale: SaleOutlook, items: readonly Item[]): Outlook | undefined {
  if (sale.isClosed) return 'none';
  if (isUnpaid(sale, items)) return undefined;
  return sale.waitlistMax > 0 ? 'unlikely' : 'none';
}

/** Whether enough units are available or held; products that are not known count as enough. */
function isUnpaid({ products }: SaleOutlook, items: readonly Item[]): boolean {
  return fits(items, (index) => {
    const product = products[index];
    return product === undefined ? Number.POSITIVE_INFINITY : product.available + product.held;
  });
}
