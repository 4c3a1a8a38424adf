/**
 * What mails report to the buyer: an order was paid (by a late payment too), offered from the
 * waitlist, refunded; a payment could not be accepted (too late, twice, wrong amount) and is
 * refunded.
 */
export const MAIL_KINDS = [
  'order.paid',
  'order.offered',
  'order.refunded',
  'payment.returned',
] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

/**
 * What messages report: the above, and to the seller alone that a payment is disputed, and how that
 * ended.
 */
export const MESSAGE_KINDS = [...MAIL_KINDS, 'dispute.opened', 'dispute.closed'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/**
 * What a message about a ticket without an order reports: it waited until its sale was over, and
 * nothing came back for it. Mailed to its buyer; no webhook has it, for there is no order to show.
 */
export const WAIT_ENDED = 'waitlist.ended';
export type TicketMessageKind = typeof WAIT_ENDED;

/** Whether a message is mailed to the buyer. */
export function isMailed(kind: MessageKind): kind is MailKind {
  return MAIL_KINDS.some((one) => one === kind);
}

/** How messages are delivered. */
export const CHANNELS = ['mail', 'webhook'] as const;
export type Channel = (typeof CHANNELS)[number];

/**
 * The state of a delivery: waiting (for its next try), sent, without an address, outdated (an offer
 * that has ended), over the limit (its address had as many mails that day as it may get), or given
 * up, after a day of failed tries or after one that was final.
 */
export const DELIVERY_STATES = [
  'waiting',
  'sent',
  'no_address',
  'outdated',
  'over_limit',
  'given_up',
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];
