import type { Db } from '../../db/client.ts';
import { findOrders, type OrderRecord } from '../../db/orders.ts';
import { DomainError } from '../../domain/errors.ts';

/** Selects one order; a buyer sees only their own. */
export interface OneOrder {
  readonly id: string;
  readonly buyer?: string;
}

/**
 * Finds an order.
 *
 * @throws DomainError order_not_found
 */
export async function requireOrder(db: Db, which: OneOrder): Promise<OrderRecord> {
  const [order] = await findOrders(db, which, 1);
  if (order === undefined) throw new DomainError('order_not_found');
  return order;
}
