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
  requires_action: 'waiting for the buyer to confirm with the bank',
  processing: 'processing',
  requires_capture: 'reserved on the card',
  succeeded: 'paid',
  canceled: 'cancelled',
  refunding: 'being refunded; retried until it succeeds',
  refunded: 'refunded',
  refund_failed: 'could not be refunded; being retried',
  refund_ended: 'cannot be refunded',
};

const REASONS: Readonly<Record<string, string>> = {
  requested: 'requested by an admin',
  at_stripe: 'requested at Stripe',
  sold_out: 'paid after the hold, when nothing was left',
  limit_reached: 'paid after the hold, when the buyer was at the limit',
  surplus: 'the order was already paid',
  wrong_amount: 'the amount was wrong',
};

const ENDS: Readonly<Record<string, string>> = {
  disputed: 'the payment is disputed',
  already_refunded: 'all of it was refunded already',
  not_ours: 'this Stripe account has no such payment',
  not_refundable: 'Stripe does not refund it',
  failed_at_stripe: 'the refund made at Stripe failed',
};

type PaymentView = NonNullable<AdminOrderView['payments']>[number];

/** The refunds of a payment, unless one for all of it says the same as the payment. */
export function partsOf({
  amount,
  refunds = [],
}: PaymentView): NonNullable<PaymentView['refunds']> {
  const [first] = refunds;
  const isSame = first?.amount === amount && first.endReason === undefined;
  return refunds.length === 1 && isSame ? [] : refunds;
}

/** A refund of a payment or of a part of it, in words. */
export function refundInWords(refund: NonNullable<PaymentView['refunds']>[number]): string {
  const { status, reason, endReason } = refund;
  const state = PAYMENTS[status] ?? status;
  const why = endReason === undefined ? REASONS[reason] : ENDS[endReason];
  return `${state}: ${why ?? endReason ?? reason}`;
}

/** The last dispute of an order, in words: "needs response, fraudulent". */
export function disputeInWords({ status, reason }: NonNullable<AdminOrderView['dispute']>): string {
  return `${status.replaceAll('_', ' ')}, ${reason.replaceAll('_', ' ')}`;
}

/** The state of a payment, in words. */
export function paymentInWords(payment: PaymentView): string {
  const state = PAYMENTS[payment.status] ?? payment.status.replaceAll('_', ' ');
  const { refundReason } = payment;
  return refundReason === undefined ? state : `${state}: ${REASONS[refundReason] ?? refundReason}`;
}
