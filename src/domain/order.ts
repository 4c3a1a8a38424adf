/** The states of an order. */
export const ORDER_STATUSES = ['held', 'paid', 'expired', 'cancelled', 'refunded'] as const;

export type OrderStatus = (typeof ORDER_STATUSES)[number];
