import type { OrderStatus } from './order.ts';

/** The statuses of a ticket, as polls answer them. */
export const TICKET_STATUSES = [
  'queued',
  'waitlisted',
  'held',
  'sold_out',
  'rejected',
  'cancelled',
  'paid',
  'expired',
  'refunded',
] as const;

export type TicketStatus = (typeof TICKET_STATUSES)[number];

/** Each status with those that may follow it, over any number of journal entries. */
type Transitions<Status extends string> = { readonly [From in Status]: readonly Status[] };

/**
 * The transitions of an order. `expired` and `cancelled` become `paid` by a late payment that was
 * honoured, which is a new hold (I7).
 */
export const ORDER_TRANSITIONS: Transitions<OrderStatus> = {
  held: ['paid', 'expired', 'cancelled'],
  paid: ['refunded'],
  expired: ['paid'],
  cancelled: ['paid'],
  refunded: [],
};

/**
 * The transitions of a ticket: a decision, perhaps after a wait, then the states of its order.
 * `cancelled` becomes `paid` only if there was a hold. A ticket that answers `rejected`,
 * `line_restarted` is not decided: it also shows a later decision of its attempt.
 */
export const TICKET_TRANSITIONS: Transitions<TicketStatus> = {
  queued: ['held', 'waitlisted', 'sold_out', 'rejected', 'cancelled'],
  waitlisted: ['held', 'sold_out', 'rejected', 'cancelled'],
  sold_out: [],
  rejected: [],
  ...ORDER_TRANSITIONS,
};
