import type { OrderPayment, OrderRecord } from '../db/orders.ts';
import type { RefundStatus } from '../domain/payment.ts';

/** An order as the API shows it, except for its ticketId, which only the API can seal. */
export function orderData(order: OrderRecord) {
  const { id, sale_id: saleId, status, items, amount, currency } = order;
  return {
    id,
    saleId,
    status,
    items: [...items],
    amount,
    currency,
    holdExpiresAt: order.hold_expires_at.toISOString(),
    createdAt: order.created_at.toISOString(),
    ...(order.paid_at === null ? {} : { paidAt: order.paid_at.toISOString() }),
    ...(order.payments.length === 0 ? {} : { payments: order.payments.map(paymentData) }),
  };
}

function paymentData({ id, status, amount, currency, refund }: OrderPayment) {
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
