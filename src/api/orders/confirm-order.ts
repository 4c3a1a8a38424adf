import { findPaymentOrder, type OrderRecord } from '../../db/orders.ts';
import { DomainError } from '../../domain/errors.ts';
import { assertPayable } from '../../payments/request.ts';
import { confirm } from '../../redis/scripts/confirm.ts';
import type { ReleaseDeps } from '../tickets/give-back.ts';
import { requireOrder } from './require-order.ts';

/**
 * Sells a held order that costs nothing, once: its buyer has confirmed it, and no payment is
 * needed. Its new state is public when this returns; a second call answers the same.
 *
 * @throws DomainError order_not_found; payment_required when it has a price; order_not_payable when
 *   its hold has ended, or its units were taken back
 */
export async function confirmOrder(
  { db, shards }: Pick<ReleaseDeps, 'db' | 'shards'>,
  buyer: string,
  orderId: string,
): Promise<OrderRecord> {
  const order = await requireOrder(db, { id: orderId, buyer });
  if (order.amount > 0) {
    throw new DomainError(
      'payment_required',
      'It has a price: pay it with POST /api/orders/:orderId/payment.',
    );
  }
  const { shard, sale_id: sale, ticket_id: identity, hold_seq: holdSeq } = order;
  const overdueMs = (await findPaymentOrder(db, orderId))?.overdueMs ?? 0;
  if (order.status === 'held' && overdueMs < 0) {
    await shards.at(shard).change(confirm, { sale, identity, holdSeq });
  }
  const now = await requireOrder(db, { id: orderId, buyer });
  if (now.status !== 'paid') await assertPayable(db, orderId);
  return now;
}
