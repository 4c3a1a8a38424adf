import type { SaleOrders } from '../../db/order-pages.ts';
import type { OrderStatus } from '../../domain/order.ts';
import type { TicketSealer } from '../../line/ticket-id.ts';

/** What a seller searches the orders of a sale by. */
export interface OrderSearch {
  readonly status?: readonly OrderStatus[] | undefined;
  /**
   * An id that an order is known by (its own, its ticket's, its payment's, its buyer's), or the
   * beginning of its buyer's address.
   */
  readonly q?: string | undefined;
}

/** The orders of a sale that a search finds. */
export function saleOrders(
  sealer: TicketSealer,
  sale: string,
  { status, q }: OrderSearch,
): SaleOrders {
  const match = q === undefined ? undefined : { text: q, identity: sealer.unverifiedIdentity(q) };
  return { sale, statuses: status, match };
}
