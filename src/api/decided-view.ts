import type { Rejection } from '../domain/outcome.ts';
import { explainRejection, explainSoldOut } from './explanation.ts';
import type { TicketFacts, TicketView } from './schemas/ticket.ts';

/** What every decided ticket shows. */
export type Decided = Pick<TicketView, 'ticketId' | 'saleId' | 'duplicateOf'> & {
  readonly lineNumber: number;
};

/** A rejected ticket in the words of the API. */
export function showRejected(common: Decided, rejection: Rejection): TicketView {
  const { reason } = rejection;
  return { ...common, status: 'rejected', reason, explanation: explainRejection(rejection) };
}

/** A ticket that found too little, at its turn or after waiting, in the words of the API. */
export function showSoldOut(common: Decided, hasWaited: boolean, facts?: TicketFacts): TicketView {
  const explanation = explainSoldOut(common.lineNumber, hasWaited, facts);
  return { ...common, status: 'sold_out', explanation };
}
