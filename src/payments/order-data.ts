import type { DisputeRow } from '../db/disputes.ts';
import type { OrderPayment, OrderRecord, OrderRefund } from '../db/orders.ts';
import { hasPaid, type RefundStatus } from '../domain/payment.ts';

/** An order as the API shows it, except for its ticketId, which only the API can seal. */
export function orderData(order: OrderRecord) {
  const { id, sale_id: saleId, status, items, amount, currency } = order;
  const paying = order.payments.find(({ outcome }) => hasPaid(outcome));
  const amountRefunded = paying === undefined ? 0 : madeOf(paying.refunds);
  return {
    id,
    saleId,
    status,
    items: items.map(({ productId, name, quantity, amount: price, returned }) => ({
      ...{ productId, name, quantity, amount: price },
      ...(returned === 0 ? {} : { returned }),
    })),
    amount,
    currency,
    ...(amountRefunded === 0 ? {} : { amountRefunded }),
    holdExpiresAt: order.hold_expires_at.toISOString(),
    createdAt: order.created_at.toISOString(),
    ...(order.paid_at === null ? {} : { paidAt: order.paid_at.toISOString() }),
    ...(order.payments.length === 0
      ? {}
      : { payments: order.payments.map((payment) => paymentData(order, payment)) }),
  };
}

/** The same for its seller: with its buyer, and the last dispute about it. */
export function sellerOrderData(order: OrderRecord) {
  const dispute = order.disputes.at(-1);
  const more = dispute === undefined ? {} : { dispute: disputeData(dispute) };
  return { ...orderData(order), buyerId: order.buyer_id, ...more };
}

/** A dispute as the API shows it to the seller. */
function disputeData(dispute: DisputeRow) {
  const { id, payment_id: paymentIntentId, status, reason, amount, currency } = dispute;
  return {
    ...{ id, paymentIntentId, status, reason, amount, currency },
    createdAt: dispute.created_at.toISOString(),
    ...(dispute.respond_by === null ? {} : { respondBy: dispute.respond_by.toISOString() }),
  };
}

function paymentData(order: OrderRecord, payment: OrderPayment) {
  const { id, status, amount, currency, outcome, refunds } = payment;
  const live = refunds.filter((refund) => refund.status !== 'ended');
  const isWhole = live.length > 0 && sumOf(live) >= amount;
  const made = madeOf(refunds);
  const reason = (isWhole ? live : refunds.filter(({ end_reason: end }) => end !== null)).at(-1);
  return {
    paymentIntentId: id,
    amount,
    currency,
    status: isWhole ? wholeStatus(live, hasPaid(outcome) && order.status === 'paid') : status,
    ...(reason === undefined ? {} : { refundReason: reason.reason }),
    ...(made === 0 ? {} : { amountRefunded: Math.min(made, amount) }),
    ...(refunds.length === 0 ? {} : { refunds: refunds.map(refundData) }),
  };
}

function refundData({ amount, status, reason, end_reason: end, created_at: at }: OrderRefund) {
  return {
    ...{ amount, status: REFUNDS[status], reason },
    ...(end === null ? {} : { endReason: end }),
    createdAt: at.toISOString(),
  };
}

/**
 * The status of a payment that goes back in full: that of the part that is furthest behind.
 *
 * @param isPaid its order is still paid: its units are not returned yet
 */
function wholeStatus(refunds: readonly OrderRefund[], isPaid: boolean): string {
  const behind = (['failed', 'wanted'] as const).find((one) =>
    refunds.some(({ status }) => status === one),
  );
  return REFUNDS[behind ?? (isPaid ? 'wanted' : 'succeeded')];
}

/** What Stripe has accepted to return. */
function madeOf(refunds: readonly OrderRefund[]): number {
  return sumOf(refunds.filter(({ status }) => status === 'pending' || status === 'succeeded'));
}

function sumOf(refunds: readonly OrderRefund[]): number {
  return refunds.reduce((sum, { amount }) => sum + amount, 0);
}

const REFUNDS: Record<RefundStatus, string> = {
  wanted: 'refunding',
  pending: 'refunded',
  succeeded: 'refunded',
  failed: 'refund_failed',
  ended: 'refund_ended',
};
