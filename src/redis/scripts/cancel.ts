import { identityOf, type TicketRef } from '../../domain/ticket.ts';
import { change } from '../operation.ts';

interface Cancel {
  readonly sale: string;
  readonly ref: TicketRef;
}

/** Requests that a ticket in line be cancelled at its turn, see lua/cancel.lua. */
export const cancel = change('cancel', {
  needs: 'tickets',
  keys(at, { sale: id }, { cancels }) {
    const { sale, attempts, outcomes } = at.sale(id);
    return [outcomes, cancels, attempts, sale];
  },
  args: ({ ref }: Cancel) => [ref.uid, identityOf(ref), ref.job, ref.key, ref.items],
  replies: { STALE_EPOCH: {}, NOT_LOADED: {}, DECIDED: {}, REQUESTED: {} },
  earlier: ['DECIDED'],
  isEntry: () => false, // it makes none: the decision that finds the request does
});
