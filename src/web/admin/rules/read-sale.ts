import type { z } from '@hono/zod-openapi';
import type {
  newProductSchema,
  newSaleSchema,
  saleChangeSchema,
} from '../../../api/schemas/sale.ts';
import {
  HOLD_LIMIT_MAX,
  HOLD_SECONDS_MAX,
  HOLD_WINDOW_SECONDS_MAX,
  MAX_STOCK,
} from '../../../domain/sale.ts';
import { readLocalInput } from './local-time.ts';
import { isCurrency, readPrice } from './money.ts';
import { type Read, readWhole } from './read-number.ts';
import type { ProductDraft, SaleDraft } from './sale-draft.ts';
import { readSpan } from './span.ts';

export type NewProduct = z.output<typeof newProductSchema>;
export type NewSale = z.output<typeof newSaleSchema>;
export type SaleChange = z.output<typeof saleChangeSchema>;

/** What is wrong, by the path that the API has for the field too: `products.0.amount`. */
export type FieldProblems = ReadonlyMap<string, string>;

/** What was typed, as the API takes it; or what is wrong with it. */
export type ReadForm<T> = { readonly value: T } | { readonly problems: FieldProblems };

/** Reads a form of a sale. */
export function readSale(draft: SaleDraft): ReadForm<NewSale> {
  const fields = new Fields();
  const starts = fields.take('startsAt', readLocalInput(draft.startsAt), new Date(0));
  const ends = fields.take('endsAt', readLocalInput(draft.endsAt), new Date(1));
  if (starts >= ends) fields.refuse('endsAt', 'It must end after it starts.');
  const value = {
    name: fields.take('name', readName(draft.name), ''),
    description: draft.description.trim(),
    startsAt: starts.toISOString(),
    endsAt: ends.toISOString(),
    perBuyerLimit: fields.take('perBuyerLimit', readWhole(draft.perBuyerLimit, 1, MAX_STOCK), 1),
    holdSeconds: fields.take('holdSeconds', readSpan(draft.hold, HOLD_SECONDS_MAX), 1),
    holdLimit: draft.limitsHolds ? readHoldLimit(draft, fields) : null,
    waitlist: draft.waitlist,
    challenge: draft.challenge,
    products: draft.products.map((one, at) => productFrom(one, fields, `products.${at}.`)),
  };
  return fields.hold(value);
}

/** Reads a form of one product. */
export function readProduct(draft: ProductDraft): ReadForm<NewProduct> {
  const fields = new Fields();
  return fields.hold(productFrom(draft, fields, ''));
}

/**
 * What has changed between two readings of a sale's form; undefined where nothing has. Only that is
 * sent: what is frozen may stand in the form, and nobody else's change is undone.
 *
 * @param ids of the products, in their order
 */
export function changesOf(
  before: NewSale,
  after: NewSale,
  ids: readonly string[],
): SaleChange | undefined {
  const products = ids.flatMap((id, at) => {
    const [was, is] = [before.products[at], after.products[at]];
    if (was === undefined || is === undefined) return [];
    const changed = differing(wordsOf(was), wordsOf(is));
    return Object.keys(changed).length === 0 ? [] : [{ id, ...changed }];
  });
  const settings = differing(settingsOf(before), settingsOf(after));
  const change = { ...settings, ...(products.length === 0 ? {} : { products }) };
  return Object.keys(change).length === 0 ? undefined : change;
}

function productFrom(draft: ProductDraft, fields: Fields, path: string): NewProduct {
  const { description, currency, price, stock } = draft;
  const known = isCurrency(currency);
  if (!known) fields.refuse(`${path}currency`, 'Three letters, such as EUR.');
  return {
    name: fields.take(`${path}name`, readName(draft.name), ''),
    description: description.trim(),
    amount: fields.take(`${path}amount`, readPrice(price, known ? currency : 'eur'), 1),
    currency,
    stock: fields.take(`${path}stock`, readWhole(stock, 0, MAX_STOCK), 0),
  };
}

function readHoldLimit(draft: SaleDraft, fields: Fields): NonNullable<NewSale['holdLimit']> {
  const count = readWhole(draft.holdCount, 1, HOLD_LIMIT_MAX);
  const seconds = readSpan(draft.holdWindow, HOLD_WINDOW_SECONDS_MAX);
  return {
    count: fields.take('holdLimit.count', count, 1),
    windowSeconds: fields.take('holdLimit.windowSeconds', seconds, 1),
  };
}

function readName(text: string): Read<string> {
  const value = text.trim();
  return value === '' ? { problem: 'Give it a name.' } : { value };
}

/** What of a sale can change once it is made. */
function settingsOf({ waitlist: _, challenge: __, products: ___, ...settings }: NewSale) {
  return settings;
}

/** What of a product can change by itself: its units are restocked. */
function wordsOf({ stock: _, ...words }: NewProduct) {
  return words;
}

function differing<T extends object>(before: T, after: T): Partial<T> {
  const names = Object.keys(after) as (keyof T)[];
  const changed = names.filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  return Object.fromEntries(changed.map((name) => [name, after[name]])) as Partial<T>;
}

/** Gathers what is wrong with the fields of a form while they are read. */
class Fields {
  readonly #problems = new Map<string, string>();

  /** The value that was read; where there is none, a stand-in, so that the others are read too. */
  take<T>(path: string, read: Read<T>, standIn: T): T {
    if ('value' in read) return read.value;
    this.refuse(path, read.problem);
    return standIn;
  }

  refuse(path: string, problem: string): void {
    if (!this.#problems.has(path)) this.#problems.set(path, problem);
  }

  hold<T>(value: T): ReadForm<T> {
    return this.#problems.size === 0 ? { value } : { problems: this.#problems };
  }
}
