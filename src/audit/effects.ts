import { type Entry, type EntryKind, type EntryOf, isOffering } from '../domain/entry.ts';
import { type Item, parseItems, unitsOf } from '../domain/items.ts';
import type { ExpectedOrder, ExpectedSale, Units } from './expected-sale.ts';

/** Applies the next entry of the log to what it leaves in Postgres. */
export function takeEntry(sale: ExpectedSale, seq: number, entry: Entry): void {
  sale.begin(seq);
  try {
    apply(sale, entry.k, entry);
    if (isOffering(entry)) sale.offer(entry);
  } catch (error) {
    // Of a form that no script writes.
    sale.violate(error instanceof Error ? error.message : String(error));
  }
}

function apply<K extends EntryKind>(sale: ExpectedSale, kind: K, entry: EntryOf<K>): void {
  EFFECTS[kind](sale, entry);
}

/** What each kind of entry does, except on the waitlist. */
const EFFECTS: {
  readonly [K in EntryKind]: (sale: ExpectedSale, entry: EntryOf<K>) => void;
} = {
  load: (sale, entry) => sale.load(entry),
  decide: (sale, entry) => sale.decide(entry),
  skip: (sale) => sale.violate('a skipped job is of no sale'),
  release,
  offer: () => undefined,
  leave: (sale, { line }) => void sale.endWaiting(line, 'cancelled'),
  close(sale, { cause }) {
    sale.closed = cause;
    sale.isOffering = false;
    sale.endAllWaiting();
  },
  product: (sale, { product }) => sale.addProduct(product.stock),
  edit(sale, { set }) {
    sale.settings = { ...sale.settings, ...set };
  },
  restock(sale, { index, delta, gone }) {
    sale.move(index, 'restocked', { available: delta, held: 0, sold: 0 });
    if (gone !== undefined) sale.endAllWaiting(gone);
  },
  pay,
  confirm,
  refund,
  return: giveBack,
  archive(sale) {
    sale.archivedSeq = sale.seq;
    sale.isInPart = false;
  },
  restore(sale, { what }) {
    sale.archivedSeq = null;
    sale.isInPart = what === 'claims';
  },
};

/** Whether a log may have entries of a kind. */
export function isEntryKind(kind: unknown): kind is EntryKind {
  return typeof kind === 'string' && Object.hasOwn(EFFECTS, kind);
}

/** The order of a ticket that holds its units by an entry; undefined, and told, otherwise. */
function heldOrder(
  sale: ExpectedSale,
  ticket: string,
  hold: number | undefined,
): ExpectedOrder | undefined {
  const order = sale.orders.get(ticket);
  if (order?.status === 'held' && order.holdSeq === hold) return order;
  sale.violate(`I7: ticket ${ticket} holds nothing by entry ${hold}`);
  return undefined;
}

/** The order of a ticket that is paid; undefined, and told, otherwise. */
function paidOrder(sale: ExpectedSale, ticket: string): ExpectedOrder | undefined {
  const order = sale.orders.get(ticket);
  if (order?.status === 'paid') return order;
  sale.violate(`I7: ticket ${ticket} is not paid`);
  return undefined;
}

function moveAll(
  sale: ExpectedSale,
  order: ExpectedOrder,
  { items, cause, by }: { items: readonly Item[]; cause: string; by: Readonly<Units> },
): void {
  for (const { index, quantity } of items) {
    const units = {
      available: by.available * quantity,
      held: by.held * quantity,
      sold: by.sold * quantity,
    };
    sale.move(index, cause, units, order);
  }
}

function endClaim(sale: ExpectedSale, { buyer, identity }: ExpectedOrder): void {
  if (sale.live.get(buyer) === identity) sale.live.delete(buyer);
}

function release(sale: ExpectedSale, { ticket, hold, cause }: EntryOf<'release'>): void {
  const order = heldOrder(sale, ticket, hold);
  if (order === undefined) return;
  const { items, buyer, line } = order;
  order.status = cause;
  endClaim(sale, order);
  sale.give(buyer, -unitsOf(items), line);
  sale.count(`hold_${cause}`);
  moveAll(sale, order, { items, cause, by: { available: 1, held: -1, sold: 0 } });
}

function pay(sale: ExpectedSale, entry: EntryOf<'pay'>): void {
  const { ticket, payment, out, reason, hold, gone } = entry;
  const { seq } = sale;
  if (sale.payments.has(payment)) sale.violate(`I8: payment ${payment} is settled twice`);
  sale.payments.set(payment, { seq, ticket, out, ...(reason === undefined ? {} : { reason }) });
  sale.count(reason === undefined ? `payment_${out}` : `payment_refund_${reason}`);
  if (reason !== undefined) return;
  const order = out === 'paid' ? heldOrder(sale, ticket, hold) : lateOrder(sale, ticket);
  if (order === undefined) return;
  const { items } = order;
  order.status = 'paid';
  order.paidBy = payment;
  if (out === 'paid') {
    endClaim(sale, order);
    moveAll(sale, order, { items, cause: out, by: { available: 0, held: -1, sold: 1 } });
  } else {
    sale.checkOvertaking(Number.POSITIVE_INFINITY);
    order.holdSeq = seq;
    sale.give(order.buyer, unitsOf(items), order.line);
    moveAll(sale, order, { items, cause: out, by: { available: -1, held: 0, sold: 1 } });
  }
  if (gone !== undefined) sale.endAllWaiting(gone);
}

/** The order of a ticket whose hold has ended unpaid. */
function lateOrder(sale: ExpectedSale, ticket: string): ExpectedOrder | undefined {
  const order = sale.orders.get(ticket);
  if (order?.status === 'expired' || order?.status === 'cancelled') return order;
  sale.violate(`I7: the hold of ticket ${ticket} has not ended unpaid`);
  return undefined;
}

function confirm(sale: ExpectedSale, { ticket, hold }: EntryOf<'confirm'>): void {
  const order = heldOrder(sale, ticket, hold);
  if (order === undefined) return;
  order.status = 'paid';
  order.paidBy = 'free';
  endClaim(sale, order);
  sale.count('confirmed');
  const by = { available: 0, held: -1, sold: 1 };
  moveAll(sale, order, { items: order.items, cause: 'paid', by });
}

function refund(sale: ExpectedSale, { ticket, restock }: EntryOf<'refund'>): void {
  const order = paidOrder(sale, ticket);
  if (order === undefined) return;
  const items = order.items.map(({ index, quantity }) => {
    return { index, quantity: quantity - (order.returned.get(index) ?? 0) };
  });
  order.status = 'refunded';
  for (const { index, quantity } of order.items) order.returned.set(index, quantity);
  sale.give(order.buyer, -unitsOf(items), order.line);
  sale.count('refunded');
  const by = { available: restock ? 1 : 0, held: 0, sold: -1 };
  moveAll(sale, order, { items, cause: 'refunded', by });
}

function giveBack(sale: ExpectedSale, entry: EntryOf<'return'>): void {
  const { ticket, refund: id, restock } = entry;
  const order = paidOrder(sale, ticket);
  if (sale.returns.has(id)) sale.violate(`I7: units go back twice for refund ${id}`);
  sale.returns.set(id, entry);
  if (order === undefined) return;
  const items = parseItems(entry.items);
  for (const { index, quantity } of items) {
    const bought = order.items.find((item) => item.index === index)?.quantity ?? 0;
    const returned = (order.returned.get(index) ?? 0) + quantity;
    if (returned > bought) sale.violate(`I7: more goes back of ticket ${ticket} than it has`);
    order.returned.set(index, returned);
  }
  sale.give(order.buyer, -unitsOf(items), order.line);
  const by = { available: restock ? 1 : 0, held: 0, sold: -1 };
  moveAll(sale, order, { items, cause: 'refunded', by });
}
