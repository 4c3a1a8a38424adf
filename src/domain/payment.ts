/** What became of a captured payment: it paid its order's hold, took the units again, or goes back. */
export type PaymentOutcome = 'paid' | 'retaken' | 'refund';

/** Whether a payment is the one that paid its order. */
export function hasPaid(outcome: PaymentOutcome | null): boolean {
  return outcome === 'paid' || outcome === 'retaken';
}

/** Why a captured payment goes back although nobody asked for it. */
const AUTOMATIC_REFUND_REASONS = [
  /** It is not the amount or the currency of its order. */
  'wrong_amount',
  /** Its order was paid by another payment. */
  'surplus',
  /** It came late: its buyer has as many units as they may have. */
  'limit_reached',
  /** It came late: the units are gone. */
  'sold_out',
] as const;
export type AutomaticRefundReason = (typeof AUTOMATIC_REFUND_REASONS)[number];

/** Why a payment goes back: by itself, because its seller wants it, or because somebody did it at Stripe. */
export type RefundReason = AutomaticRefundReason | 'requested' | 'at_stripe';

/** How far a refund is: to be made, on its way, done, or to be made again. */
export const REFUND_STATUSES = ['wanted', 'pending', 'succeeded', 'failed'] as const;
export type RefundStatus = (typeof REFUND_STATUSES)[number];

/** Every outcome of a payment as it is counted: where it goes back, with the reason. */
export const PAYMENT_OUTCOMES: readonly string[] = [
  'paid',
  'retaken',
  ...AUTOMATIC_REFUND_REASONS.map((reason) => `refund_${reason}`),
];
