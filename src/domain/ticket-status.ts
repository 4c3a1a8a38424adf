import type { OrderStatus } from './order.ts';

/** What a ticket can be, as polls answer it. */
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

/** Each status with those that may follow it, in any number of steps of the journal. */
type Transitions<Status extends string> = { readonly [From in Status]: readonly Status[] };

/**
 * What may follow what for an order. `expired` and `cancelled` become `paid` by a late payment that
 * was honoured, which is a new hold (I7).
 */
export const ORDER_TRANSITIONS: Transitions<OrderStatus> = {
  held: ['paid', 'expired', 'cancelled'],
  paid: ['refunded'],
  expired: ['paid'],
  cancelled: ['paid'],
  refunded: [],
};

/**
 * What may follow what for a ticket: a decision, perhaps after a wait, then the states of its
 * order. `cancelled` becomes `paid` only where there was a hold. A ticket that answers `rejected`,
 * `line_restarted` is not decided: what its attempt is decided later, it shows, too.
 */
export const TICKET_TRANSITIONS: Transitions<TicketStatus> = {
  queued: ['held', 'waitlisted', 'sold_out', 'rejected', 'cancelled'],
  waitlisted: ['held', 'sold_out', 'rejected', 'cancelled'],
  sold_out: [],
  rejected: [],
  ...ORDER_TRANSITIONS,
};
