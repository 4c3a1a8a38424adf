import type { OrderPayment, OrderRecord } from '../db/orders.ts';
import type { RefundStatus } from '../domain/payment.ts';
import { parseRef } from '../domain/ticket.ts';
import type { TicketSealer } from '../line/ticket-id.ts';
import type { AdminOrderView, OrderView } from './schemas/order.ts';

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
    ...(order.paid_at === null ? {} : { paidAt: order.paid_at.toISOString() }),
    ...(order.payments.length === 0 ? {} : { payments: order.payments.map(showPayment) }),
  };
}

/** The same for its seller. */
export function showAdminOrder(sealer: TicketSealer, order: OrderRecord): AdminOrderView {
  const { buyer_id: buyerId, line_number: lineNumber } = order;
  return { ...showOrder(sealer, order), buyerId, lineNumber };
}

function showPayment({ id, status, amount, currency, refund }: OrderPayment) {
  const common = { paymentIntentId: id, amount, currency };
  if (refund === undefined) return { ...common, status };
  return { ...common, status: REFUNDS[refund.status], refundReason: refund.reason };
}

const REFUNDS: Record<RefundStatus, string> = {
  wanted: 'refunding',
  pending: 'refunded',
  succeeded: 'refunded',
  failed: 'refund_failed',
};
