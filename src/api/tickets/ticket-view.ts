import type { Place, WaitingRecord } from '../../db/waitlist.ts';
import type { Outcome } from '../../domain/outcome.ts';
import type { Outlook } from '../../domain/outlook.ts';
import type { OrderView } from '../schemas/order.ts';
import type { PlaceView, TicketView } from '../schemas/ticket.ts';
import {
  explainPlace,
  explainRejection,
  explainSoldOut,
  explainWaiting,
  type RejectionContext,
} from './explanation.ts';

/** Lower bound of a line's tickets per second, used before anything has been measured. */
const UNMEASURED_PER_SECOND = 1_000;
const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 30_000;

/** When to poll a waitlisted ticket again, in ms; with `wait` the response comes on its own. */
const RETRY_WAITLISTED_MS = 5_000;

/** The fields of every decided ticket; `facts` only in the list of tickets. */
export type DecidedTicket = Pick<TicketView, 'ticketId' | 'saleId' | 'duplicateOf' | 'facts'> & {
  readonly lineNumber: number;
};

/** When to poll a ticket again, in ms: after half the time that `ahead` tickets take. */
export function retryAfterMs(ahead: number, perSecond = UNMEASURED_PER_SECOND): number {
  const halfWayMs = Math.round((ahead / perSecond) * 500);
  return Math.min(RETRY_MAX_MS, RETRY_MIN_MS + halfWayMs);
}

/**
 * A ticket whose turn has not come.
 *
 * @param line.perSecond tickets that its line decides per second; undefined before any was measured
 */
export function showQueued(
  place: Pick<PlaceView, 'ticketId' | 'saleId' | 'position' | 'ahead'>,
  line: { readonly perSecond: number | undefined; readonly outlook: Outlook | undefined },
): TicketView {
  const { ticketId, saleId, position, ahead } = place;
  const { perSecond, outlook } = line;
  return {
    ticketId,
    saleId,
    status: 'queued',
    position,
    ahead,
    ...(perSecond === undefined ? {} : { etaSeconds: Math.ceil(ahead / perSecond) }),
    retryAfterMs: retryAfterMs(ahead, perSecond),
    ...(outlook === undefined ? {} : { outlook }),
  };
}

/** A ticket that holds, or held, its units. */
export function showOrdered(ticket: DecidedTicket, order: OrderView): TicketView {
  return { ...ticket, status: order.status, order };
}

/** A ticket on the waitlist, with its place there. */
export function showWaiting(ticket: DecidedTicket, place: Place): TicketView {
  const { ahead, unitsHeld, isUnlikely } = place;
  return {
    ...ticket,
    status: 'waitlisted',
    ahead,
    unitsHeld,
    ...(isUnlikely ? { outlook: 'unlikely' } : {}),
    explanation: explainWaiting(ticket.lineNumber, place),
    retryAfterMs: RETRY_WAITLISTED_MS,
  };
}

/** A ticket that the restarted line lost before its decision: I4's one exception. */
export function showLost({
  ticketId,
  saleId,
}: Pick<TicketView, 'ticketId' | 'saleId'>): TicketView {
  const reason = 'line_restarted';
  return {
    ticketId,
    saleId,
    status: 'rejected',
    reason,
    explanation: explainRejection({ reason }),
  };
}

/**
 * The current outcome of a decided ticket: that of its turn, or of the waitlist. If units were
 * offered to it, its order says more.
 */
export function outcomeNow(
  atTurn: Outcome,
  place: Pick<WaitingRecord, 'status'> | undefined,
): Outcome {
  if (place === undefined || place.status === 'offered') return atTurn;
  if (place.status === 'rejected') return { status: 'rejected', reason: 'limit_reached' };
  return { status: place.status };
}

/** A decided ticket without an order, or one whose order is not shown with it. */
export function showOutcome(
  ticket: DecidedTicket,
  outcome: Outcome,
  more: { readonly hasWaited: boolean; readonly rejection?: RejectionContext },
): TicketView {
  const { lineNumber, facts } = ticket;
  switch (outcome.status) {
    case 'rejected': {
      const { status, reason } = outcome;
      const explanation = explainRejection(outcome, more.rejection);
      return { ...ticket, status, reason, explanation };
    }
    case 'sold_out': {
      const explanation = explainSoldOut(lineNumber, more.hasWaited, facts);
      return { ...ticket, status: 'sold_out', explanation };
    }
    case 'waitlisted':
      return { ...ticket, status: 'waitlisted', explanation: explainPlace(lineNumber, facts) };
    default:
      return { ...ticket, status: outcome.status };
  }
}
