import type { Db } from '../../db/client.ts';
import { findOrders, type OrderRecord } from '../../db/orders.ts';
import { findPlaces } from '../../db/sales.ts';
import { findLineNumbers, findTickets, type TicketRecord } from '../../db/tickets.ts';
import { findWaiting, type WaitingRecord } from '../../db/waitlist.ts';
import { parseFacts } from '../../domain/facts.ts';
import { parseItems, unitsOf } from '../../domain/items.ts';
import { outcomeNamed } from '../../domain/outcome.ts';
import { identityOf, parseRef } from '../../domain/ticket.ts';
import type { TicketSealer } from '../../line/ticket-id.ts';
import { showOrder } from '../orders/order-view.ts';
import type { TicketFacts, TicketView } from '../schemas/ticket.ts';
import type { RejectionContext } from './explanation.ts';
import { outcomeNow, showOrdered, showOutcome } from './ticket-view.ts';

/** A decided ticket of a buyer, and the cursor after it. */
export interface ListedTicket {
  readonly cursor: string;
  readonly view: TicketView;
}

/** The data that the tickets of a page are shown with. */
interface Page {
  readonly sealer: TicketSealer;
  readonly buyer: string;
  /** Orders and places on the waitlist by ticket identity. */
  readonly orders: ReadonlyMap<string, OrderRecord>;
  readonly waiting: ReadonlyMap<string, WaitingRecord>;
  /** Products by sale and place in it. */
  readonly products: Awaited<ReturnType<typeof findPlaces>>;
  /** Line numbers of conflicting tickets, by ticket identity. */
  readonly lines: ReadonlyMap<string, number>;
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
  const sales = new Set(tickets.flatMap(({ facts, sale_id }) => (facts === null ? [] : sale_id)));
  const others = tickets.flatMap(({ duplicate_of: ref }) =>
    ref === null ? [] : identityOf(parseRef(ref)),
  );
  const [waiting, orders, products, lines] = await Promise.all([
    findWaiting(db, named('waitlisted')),
    mayHold.length > 0 ? findOrders(db, { buyer, identities: mayHold }, mayHold.length) : [],
    findPlaces(db, [...sales]),
    findLineNumbers(db, buyer, others),
  ]);
  const orderOf = new Map(orders.map((order) => [order.ticket_id, order]));
  const page = { sealer, buyer, orders: orderOf, waiting, products, lines };
  return tickets.map((ticket) => ({ cursor: String(ticket.id), view: show(page, ticket) }));
}

function show(page: Page, ticket: TicketRecord): TicketView {
  const { sealer, buyer, orders, waiting } = page;
  const { shard, sale_id: sale, line_number: lineNumber, duplicate_of: other } = ticket;
  const seal = (ref: string) => sealer.seal(buyer, { shard, sale, ref: parseRef(ref) });
  const decided = {
    ticketId: seal(ticket.ticket_ref),
    saleId: sale,
    lineNumber,
    ...(other === null ? {} : { duplicateOf: seal(other) }),
  };
  const order = orders.get(ticket.ticket_id);
  if (order !== undefined) return showOrdered(decided, showOrder(sealer, order));
  const facts = factsOf(page, ticket);
  const place = waiting.get(ticket.ticket_id);
  const hasWaited = place !== undefined;
  const outcome = outcomeNow(outcomeNamed(ticket.outcome), place);
  return showOutcome({ ...decided, ...(facts === undefined ? {} : { facts }) }, outcome, {
    hasWaited,
    rejection: rejectionContextOf(page, ticket, hasWaited),
  });
}

/** The stock at the ticket's turn; undefined if stock did not decide, or it is not recorded yet. */
function factsOf({ products }: Page, ticket: TicketRecord): TicketFacts | undefined {
  const { sale_id: sale, facts } = ticket;
  if (facts === null) return undefined;
  const wanted = new Map(
    parseItems(parseRef(ticket.ticket_ref).items).map(({ index, quantity }) => [index, quantity]),
  );
  return {
    products: parseFacts(facts).flatMap(({ index, gone, total }) => {
      const product = products.get(`${sale} ${index}`);
      if (product === undefined) return [];
      const { id: productId, name } = product;
      return { productId, name, wanted: wanted.get(index) ?? 0, total, gone };
    }),
  };
}

function rejectionContextOf(
  { lines }: Page,
  { line_number: lineNumber, ticket_ref, duplicate_of }: TicketRecord,
  hasWaited: boolean,
): RejectionContext {
  const { key, items } = parseRef(ticket_ref);
  const other = duplicate_of === null ? undefined : parseRef(duplicate_of);
  const otherLine = other && lines.get(identityOf(other));
  return {
    lineNumber,
    units: unitsOf(parseItems(items)),
    hasWaited,
    ...(other === undefined || otherLine === undefined
      ? {}
      : { other: { lineNumber: otherLine, hasItsKey: key !== '' && key === other.key } }),
  };
}
