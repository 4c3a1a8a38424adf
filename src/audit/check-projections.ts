import {
  type AuditedMove,
  type AuditedSale,
  type AuditedTicket,
  readAuditedHistory,
  readAuditedLedger,
  readAuditedOrders,
  readAuditedWaitlist,
} from '../db/audit-reads.ts';
import type { Tx } from '../db/client.ts';
import { fromRow } from '../db/sale-row.ts';
import { toEdited } from '../domain/sale-settings.ts';
import type { DecidedTicket, ExpectedOrder, ExpectedSale, Move } from './expected-sale.ts';
import { counted, Part } from './part.ts';
import { RowReader } from './row-reader.ts';
import { differenceOf, TableCheck } from './table-check.ts';

/** Counts that are not of the log: refusals before it. */
const NOT_OF_THE_LOG = 'throttled';

/** Compares the sale's row, its products' units and its counts with the log. */
export function checkSale(sale: AuditedSale, expected: ExpectedSale): Part {
  const part = new Part('sale and stock');
  const { settings, counts } = expected;
  if (expected.seq > 0) {
    const about = {
      ...{ closed: expected.closed, line_number: expected.line, passed: expected.passed },
      ...{ last_seq: expected.seq, archived_seq: expected.archivedSeq },
      ...{ in_part: expected.isInPart, offering: expected.isOffering },
      waitlist_max: expected.waitlistMax,
    };
    const row = differenceOf(toEdited(fromRow(sale)), settings) ?? differenceOf(sale, about);
    if (row !== undefined) part.differ(`the sale: ${row}`);
    if (sale.products.length !== expected.stock.length) {
      part.differ(`it has ${sale.products.length} products, by the log ${expected.stock.length}`);
    }
  }
  for (const product of sale.products) {
    const { available, held, sold } = expected.stock[product.index] ?? initial(product);
    const units = { available, held, sold, total: available + held + sold };
    const difference = differenceOf(product, units);
    if (difference !== undefined) part.differ(`product ${product.index}: ${difference}`);
  }
  const kept = new Map(sale.counts.map(({ name, count }) => [name, count]));
  kept.delete(NOT_OF_THE_LOG);
  for (const name of new Set([...counts.keys(), ...kept.keys()])) {
    const [count, own] = [kept.get(name) ?? 0, counts.get(name) ?? 0];
    if (count !== own) part.differ(`sale_counts has ${count} of ${name}, by the log ${own}`);
  }
  part.compared =
    `settings, state, units of ${counted(sale.products.length, 'product')}, ` +
    `${counted(counts.size, 'count')}`;
  return part;
}

/** The units of a product in a sale to which nothing has happened. */
function initial({ total }: AuditedSale['products'][number]) {
  return { available: total, held: 0, sold: 0 };
}

/** Compares orders, their items and the waitlist with the log. */
export async function checkOrders(
  tx: Tx,
  { id, products }: AuditedSale,
  expected: ExpectedSale,
): Promise<Part> {
  const part = new Part('orders');
  const price = new Map(products.map(({ index, amount }) => [index, amount]));
  const currency = new Map(products.map((product) => [product.index, product.currency]));
  const orders = new TableCheck(part, new RowReader(readAuditedOrders(tx, id)), {
    keyOf: ({ line }) => line,
    nameOf: (line) => `the order of line number ${line}`,
  });
  for (const order of [...expected.orders.values()].sort((a, b) => a.line - b.line)) {
    await orders.expect(order.line, {
      ...{ ticket: order.identity, status: order.status, hold: order.holdSeq },
      ...{ ref: order.ref, buyer: order.buyer, offered: order.isOffered },
      items: itemsOf(order, price),
      amount: order.items.reduce(
        (sum, item) => sum + (price.get(item.index) ?? 0) * item.quantity,
        0,
      ),
      currency: currency.get(order.items.at(-1)?.index ?? 0),
    });
  }
  await orders.end();
  const places = new TableCheck(part, new RowReader(readAuditedWaitlist(tx, id)), {
    keyOf: ({ line }) => line,
    nameOf: (line) => `the place on the waitlist of line number ${line}`,
  });
  for (const { line, identity: ticket, ...place } of expected.places.values()) {
    await places.expect(line, { ticket, ...place });
  }
  await places.end();
  part.compared =
    `${counted(orders.rows, 'order')} with items and amounts, ` +
    `${counted(places.rows, 'place')} on the waitlist`;
  return part;
}

function itemsOf({ items, returned }: ExpectedOrder, price: ReadonlyMap<number, number>): string {
  return items
    .map(({ index, quantity }) => {
      return `${index}x${quantity}-${returned.get(index) ?? 0}@${price.get(index)}`;
    })
    .join(' ');
}

/** Compares the ledger with what each entry of the log changes. */
export class LedgerCheck {
  readonly part = new Part('ledger');
  readonly #table: TableCheck<AuditedMove>;

  constructor(tx: Tx, sale: string) {
    this.#table = new TableCheck(this.part, new RowReader(readAuditedLedger(tx, sale)), {
      keyOf: ({ seq }) => seq,
      nameOf: (seq) => `the row of entry ${seq}`,
    });
  }

  async take(seq: number, moves: readonly Move[]): Promise<void> {
    const lineOf = ({ order }: Move) => order?.line ?? 0;
    const sorted = moves.toSorted((a, b) => a.index - b.index || lineOf(a) - lineOf(b));
    for (const { index: product, cause, order, available, held, sold } of sorted) {
      const ticket = order?.identity ?? null;
      await this.#table.expect(seq, { product, cause, ticket, available, held, sold });
    }
  }

  async end(): Promise<void> {
    await this.#table.end();
    this.part.compared = `${counted(this.#table.rows, 'row')}, entry by entry`;
  }
}

/** Compares the buyers' history, as far as it has come, with the decisions in the log. */
export class HistoryCheck {
  readonly part = new Part('history');
  readonly #table: TableCheck<AuditedTicket> | undefined;
  readonly #seq: number;
  #behind = 0;

  constructor(tx: Tx, { id, historySeq, history_dropped: isDropped }: AuditedSale) {
    this.#seq = historySeq;
    if (isDropped) {
      this.part.note('Its tickets were dropped from the history: nothing is compared.');
      return;
    }
    this.#table = new TableCheck(this.part, new RowReader(readAuditedHistory(tx, id)), {
      keyOf: ({ line }) => line,
      nameOf: (line) => `the ticket of line number ${line}`,
      mayLack: 'facts',
    });
  }

  async take(seq: number, tickets: readonly DecidedTicket[]): Promise<void> {
    if (this.#table === undefined) return;
    if (seq > this.#seq) {
      this.#behind += tickets.length;
      return;
    }
    for (const ticket of tickets) await this.#table.expect(ticket.line, ticket);
  }

  async end(): Promise<void> {
    if (this.#table === undefined) return;
    await this.#table.end();
    if (this.#behind > 0) this.part.note(`${counted(this.#behind, 'ticket')} are not in it yet.`);
    this.part.compared = counted(this.#table.rows, 'ticket');
  }
}
