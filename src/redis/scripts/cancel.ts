import { identityOf, type TicketRef } from '../../domain/ticket.ts';
import { change } from '../operation.ts';

interface Cancel {
  readonly sale: string;
  readonly ref: TicketRef;
}

/** Requests that a ticket in line be cancelled at its turn, see lua/cancel.lua. */
export const cancel = change('cancel', {
  keys: (at, { sale }, shard) => [at.outcomes, shard.cancels, at.sale(sale).attempts],
  args: ({ ref }: Cancel) => [ref.uid, identityOf(ref), ref.job, ref.key, ref.items],
  replies: { STALE_EPOCH: {}, DECIDED: {}, REQUESTED: {} },
  earlier: ['DECIDED'],
  isEntry: () => false, // it makes none: the decision that finds the request does
});
