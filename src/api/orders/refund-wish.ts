import type { z } from '@hono/zod-openapi';
import type { OrderRecord } from '../../db/orders.ts';
import { findCurrency } from '../../domain/currency.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Item } from '../../domain/items.ts';
import type { refundSchema } from '../schemas/order.ts';

/** What a seller wants to refund, in the terms of the order. */
export interface WantedRefund {
  readonly restock: boolean;
  readonly amount?: number | undefined;
  readonly items?: readonly Item[] | undefined;
  readonly key?: string | undefined;
}

/**
 * Reads what a seller wants to refund of an order. Whether that much is left is judged where the
 * refund is recorded: a repeated request gets its first answer.
 *
 * @param key the keyed hash of its Idempotency-Key
 * @throws DomainError unknown_product; validation_failed for an amount that Stripe does not refund
 */
export function refundWish(
  order: OrderRecord,
  { restock, amount, items }: z.output<typeof refundSchema>,
  key: string | undefined,
): WantedRefund {
  const step = findCurrency(order.currency)?.step ?? 1;
  if (amount !== undefined && amount % step !== 0) {
    const message = `must be a multiple of ${step}: this currency is charged so`;
    const fields = [{ path: 'amount', message }];
    throw new DomainError('validation_failed', `amount: ${message}`, { fields });
  }
  const wanted = items?.map(({ productId, quantity }, at) => {
    const item = order.items.find((one) => one.productId === productId);
    if (item === undefined) {
      const detail = `items.${at}.productId: this order has no such product`;
      throw new DomainError('unknown_product', detail);
    }
    return { index: item.index, quantity };
  });
  return { restock, amount, items: wanted, key };
}
