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
