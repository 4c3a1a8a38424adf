import type { OrderRecord } from '../db/orders.ts';
import { parseRef } from '../domain/ticket.ts';
import type { TicketSealer } from '../line/ticket-id.ts';
import type { OrderView } from './schemas/order.ts';

/** An order in the words of the API. */
export function showOrder(sealer: TicketSealer, order: OrderRecord): OrderView {
  const { id, shard, sale_id: sale, buyer_id: buyer, status, items, amount, currency } = order;
  return {
    id,
    saleId: sale,
    ticketId: sealer.seal(buyer, { shard, sale, ref: parseRef(order.ticket_ref) }),
    status,
    items: [...items],
    amount,
    currency,
    holdExpiresAt: order.hold_expires_at.toISOString(),
    createdAt: order.created_at.toISOString(),
  };
}
