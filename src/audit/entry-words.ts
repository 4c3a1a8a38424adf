import type { Entry, EntryKind, EntryOf } from '../domain/entry.ts';
import { type Item, parseItems } from '../domain/items.ts';
import type { ExpectedSale } from './expected-sale.ts';

/** Items as people read them: `2 of "Front row"`. */
export function describeItems(
  items: readonly Item[],
  products: readonly { readonly index: number; readonly name: string }[],
): string {
  return items
    .map(({ index, quantity }) => {
      const name = products.find((product) => product.index === index)?.name;
      return `${quantity} of ${name === undefined ? `product ${index}` : `"${name}"`}`;
    })
    .join(', ');
}

/**
 * What an entry did, in words; undefined for those that a reader of a ticket's story need not know.
 *
 * @param sale what the log leaves after the entry
 */
export function describeEntry(entry: Entry, sale: ExpectedSale): string | undefined {
  return describe(entry.k, entry, sale);
}

function describe<K extends EntryKind>(
  kind: K,
  entry: EntryOf<K>,
  sale: ExpectedSale,
): string | undefined {
  return WORDS[kind](entry, sale);
}

const WORDS: {
  readonly [K in EntryKind]: (entry: EntryOf<K>, sale: ExpectedSale) => string | undefined;
} = {
  load: ({ stock }) => `the line began, with ${stock.join(', ')} units by product`,
  decide: () => undefined,
  skip: () => undefined,
  release: ({ ticket, cause }, sale) =>
    `the hold of ${lineOf(ticket, sale)} ${cause === 'expired' ? 'expired' : 'was cancelled'}, ` +
    'its units came back',
  offer: () => 'offering what came back went on',
  leave: ({ line }) => `line number ${line} left the waitlist`,
  close: ({ cause }) => (cause === 'closed' ? 'the sale was closed' : 'the sale ended'),
  product: ({ index, product }) => `product ${index} was added, with ${product.stock} units`,
  edit: ({ set }) => `the settings changed: ${JSON.stringify(set)}`,
  restock: ({ index, delta }) => `${delta} units of product ${index} were added`,
  pay: describePay,
  confirm: ({ ticket }, sale) => `the free order of ${lineOf(ticket, sale)} was confirmed`,
  refund: ({ ticket, restock }, sale) =>
    `the order of ${lineOf(ticket, sale)} was refunded, its units ${backOrGone(restock)}`,
  return: ({ ticket, items, restock }, sale) => {
    const units = describeItems(parseItems(items), []);
    const what = `${units} ${backOrGone(restock)}`;
    return `a part of the order of ${lineOf(ticket, sale)} was refunded: ${what}`;
  },
  archive: () => 'the sale left Redis',
  restore: ({ what }) => `the ${what} of the sale came back into Redis`,
};

function describePay({ ticket, payment, out, reason }: EntryOf<'pay'>, sale: ExpectedSale): string {
  const who = lineOf(ticket, sale);
  if (reason !== undefined) return `payment ${payment} of ${who} goes back: ${reason}`;
  if (out === 'paid') return `${who} was paid by payment ${payment}`;
  return `${who} was paid late by payment ${payment}, its units were taken again`;
}

function backOrGone(isBack: boolean): string {
  return isBack ? 'came back' : 'are gone';
}

function lineOf(ticket: string, sale: ExpectedSale): string {
  const line = sale.orders.get(ticket)?.line;
  return line === undefined ? `ticket ${ticket}` : `line number ${line}`;
}
