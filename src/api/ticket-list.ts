import type { Db } from '../db/client.ts';
import { findOrders, type OrderRecord } from '../db/orders.ts';
import { findTickets, type TicketRecord } from '../db/tickets.ts';
import { findWaiting, type WaitingRecord } from '../db/waitlist.ts';
import { type Outcome, outcomeNamed } from '../domain/outcome.ts';
import { parseRef } from '../domain/ticket.ts';
import type { TicketSealer } from '../line/ticket-id.ts';
import { showRejected, showSoldOut } from './decided-view.ts';
import { showOrder } from './order-view.ts';
import type { TicketView } from './schemas/ticket.ts';

/** A decided ticket of a buyer, and where a next page goes on. */
export interface ListedTicket {
  readonly cursor: string;
  readonly view: TicketView;
}

/** Up to `limit` decided tickets of a buyer, newest first, each as it stands now. */
export async function listTickets(
  { db, sealer }: { db: Db; sealer: TicketSealer },
  filter: Parameters<typeof findTickets>[1],
  limit: number,
): Promise<ListedTicket[]> {
  const { buyer } = filter;
  const tickets = await findTickets(db, filter, limit);
  const named = (...names: string[]) =>
    tickets.filter(({ outcome }) => names.includes(outcome)).map((ticket) => ticket.ticket_id);
  const mayHold = named('held', 'waitlisted');
  const [waiting, orders] = await Promise.all([
    findWaiting(db, named('waitlisted')),
    mayHold.length > 0 ? findOrders(db, { buyer, tickets: mayHold }, mayHold.length) : [],
  ]);
  const orderOf = new Map(orders.map((order) => [order.ticket_id, order]));
  return tickets.map((ticket) => {
    const order = orderOf.get(ticket.ticket_id);
    const place = waiting.get(ticket.ticket_id);
    return { cursor: String(ticket.id), view: show(sealer, buyer, ticket, order, place) };
  });
}

function show(
  sealer: TicketSealer,
  buyer: string,
  ticket: TicketRecord,
  order: OrderRecord | undefined,
  place: WaitingRecord | undefined,
): TicketView {
  const { shard, sale_id: sale, duplicate_of: other } = ticket;
  const seal = (ref: string) => sealer.seal(buyer, { shard, sale, ref: parseRef(ref) });
  const view = {
    ticketId: seal(ticket.ticket_ref),
    saleId: sale,
    lineNumber: ticket.line_number,
    ...(other === null ? {} : { duplicateOf: seal(other) }),
  };
  if (order !== undefined)
    return { ...view, status: order.status, order: showOrder(sealer, order) };
  const outcome = becameOf(outcomeNamed(ticket.outcome), place);
  if (outcome.status === 'rejected') return showRejected(view, outcome);
  if (outcome.status === 'sold_out') return showSoldOut(view, place !== undefined);
  return { ...view, status: outcome.status };
}

/** What became of a ticket without an order. */
function becameOf(outcome: Outcome, place: WaitingRecord | undefined): Outcome {
  if (place === undefined || place.status === 'offered') return outcome;
  if (place.status === 'rejected') return { status: 'rejected', reason: 'limit_reached' };
  return { status: place.status };
}
