/**
 * What people are told of: an order was paid (a late payment too), offered from the waitlist,
 * refunded; a payment could not be taken (too late, twice, of another amount) and goes back.
 */
export const MESSAGE_KINDS = [
  'order.paid',
  'order.offered',
  'order.refunded',
  'payment.returned',
] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** How they are told. */
export const CHANNELS = ['mail', 'webhook'] as const;
export type Channel = (typeof CHANNELS)[number];

/**
 * What became of a message on its way: it waits (for its next try), was taken, has nowhere to go,
 * is not so any more (an offer that is over), or was tried for a day in vain, or once where that
 * says enough.
 */
export const DELIVERY_STATES = ['waiting', 'sent', 'no_address', 'outdated', 'given_up'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];
