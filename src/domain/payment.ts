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

/** The state of a refund: to be made, in progress, done, or to be made again. */
export const REFUND_STATUSES = ['wanted', 'pending', 'succeeded', 'failed'] as const;
export type RefundStatus = (typeof REFUND_STATUSES)[number];

/** Every outcome of a payment as it is counted: with the reason if it is refunded. */
export const PAYMENT_OUTCOMES: readonly string[] = [
  'paid',
  'retaken',
  ...AUTOMATIC_REFUND_REASONS.map((reason) => `refund_${reason}`),
];
