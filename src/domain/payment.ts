/**
 * The outcome of a captured payment: it paid its order's hold, took the units again, or is
 * refunded.
 */
export type PaymentOutcome = 'paid' | 'retaken' | 'refund';

/** Whether a payment is the one that paid its order. */
export function hasPaid(outcome: PaymentOutcome | null): boolean {
  return outcome === 'paid' || outcome === 'retaken';
}

/** Why a captured payment is refunded automatically. */
const AUTOMATIC_REFUND_REASONS = [
  /** It is not the amount or the currency of its order. */
  'wrong_amount',
  /** Its order was paid by another payment. */
  'surplus',
  /** It came late: its buyer has reached the limit of units. */
  'limit_reached',
  /** It came late: the units are gone. */
  'sold_out',
] as const;
export type AutomaticRefundReason = (typeof AUTOMATIC_REFUND_REASONS)[number];

/** Why a payment is refunded: automatically, by its seller, or by a refund made at Stripe. */
export type RefundReason = AutomaticRefundReason | 'requested' | 'at_stripe';

/** The state of a refund: to be made, in progress, done, to be made again, or never to be made. */
export const REFUND_STATUSES = ['wanted', 'pending', 'succeeded', 'failed', 'ended'] as const;
export type RefundStatus = (typeof REFUND_STATUSES)[number];

/** Why a refund can never be made. */
export const REFUND_ENDS = [
  /** Its payment is disputed: the bank decides who gets the money. */
  'disputed',
  /** All of the payment went back already. */
  'already_refunded',
  /** This Stripe account has no such payment. */
  'not_ours',
  /** Stripe does not refund such a payment. */
  'not_refundable',
  /** It was made in Stripe's dashboard, and failed. */
  'failed_at_stripe',
] as const;
export type RefundEnd = (typeof REFUND_ENDS)[number];

/** Every outcome of a payment as it is counted: with the reason if it is refunded. */
export const PAYMENT_OUTCOMES: readonly string[] = [
  'paid',
  'retaken',
  ...AUTOMATIC_REFUND_REASONS.map((reason) => `refund_${reason}`),
];
