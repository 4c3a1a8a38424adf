/** What became of a captured payment: it paid its order's hold, took the units again, or goes back. */
export type PaymentOutcome = 'paid' | 'retaken' | 'refund';

/** Why a captured payment goes back although nobody asked for it. */
export type RefundWhy =
  /** It is not the amount or the currency of its order. */
  | 'wrong_amount'
  /** Its order was paid by another payment. */
  | 'surplus'
  /** It came late: its buyer has as many units as they may have. */
  | 'limit_reached'
  /** It came late: the units are gone. */
  | 'sold_out';

/** Every outcome as it is counted: where the payment goes back, with the reason. */
export const PAYMENT_OUTCOMES: readonly string[] = [
  'paid',
  'retaken',
  'refund_wrong_amount',
  'refund_surplus',
  'refund_limit_reached',
  'refund_sold_out',
];
