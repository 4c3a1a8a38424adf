import type { Rejection } from '../../domain/outcome.ts';
import type { TicketFacts, TicketView } from '../schemas/ticket.ts';
import { explainRejection, explainSoldOut, type RejectionContext } from './explanation.ts';

/** What every decided ticket shows. */
export type Decided = Pick<TicketView, 'ticketId' | 'saleId' | 'duplicateOf'> & {
  readonly lineNumber: number;
};

/** A rejected ticket in the words of the API. */
export function showRejected(
  common: Decided,
  rejection: Rejection,
  context?: RejectionContext,
): TicketView {
  const explanation = explainRejection(rejection, context);
  return { ...common, status: 'rejected', reason: rejection.reason, explanation };
}

/** A ticket that found too little, at its turn or after waiting, in the words of the API. */
export function showSoldOut(common: Decided, hasWaited: boolean, facts?: TicketFacts): TicketView {
  const explanation = explainSoldOut(common.lineNumber, hasWaited, facts);
  return { ...common, status: 'sold_out', explanation };
}
