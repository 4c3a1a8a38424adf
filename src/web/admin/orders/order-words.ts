import type { AdminOrderView } from '../../../api/schemas/order.ts';
import type { OrderStatus } from '../../../domain/order.ts';
import type { Tone } from '../../kit/ui/badge.tsx';

/** The label of each order status. */
export const ORDER_WORDS: Record<OrderStatus, { word: string; tone: Tone }> = {
  held: { word: 'Held', tone: 'caution' },
  paid: { word: 'Paid', tone: 'good' },
  expired: { word: 'Expired', tone: 'plain' },
  cancelled: { word: 'Given back', tone: 'plain' },
  refunded: { word: 'Refunded', tone: 'bad' },
};

const PAYMENTS: Readonly<Record<string, string>> = {
  requires_payment_method: 'no card yet',
  requires_confirmation: 'not confirmed',
  requires_action: 'waits for the buyer to confirm at the bank',
  processing: 'under way',
  requires_capture: 'reserved on the card',
  succeeded: 'paid',
  canceled: 'cancelled',
  refunding: 'being refunded; tried again until it is made',
  refunded: 'refunded',
  refund_failed: 'could not be refunded; tried again',
};

const REASONS: Readonly<Record<string, string>> = {
  requested: 'asked for by an admin',
  at_stripe: 'made at Stripe',
  sold_out: 'it came after the hold, and nothing was left',
  limit_reached: 'it came after the hold, and the buyer had enough',
  surplus: 'another payment had paid the order',
  wrong_amount: 'it was of another amount',
};

/** The state of a payment, in words. */
export function paymentInWords(payment: NonNullable<AdminOrderView['payments']>[number]): string {
  const state = PAYMENTS[payment.status] ?? payment.status.replaceAll('_', ' ');
  const { refundReason } = payment;
  return refundReason === undefined ? state : `${state}: ${REASONS[refundReason] ?? refundReason}`;
}
