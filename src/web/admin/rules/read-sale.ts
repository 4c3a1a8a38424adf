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
import { isCurrency, readPrice } from './money.ts';
import { type Read, readWhole } from './read-number.ts';
import type { ProductDraft, SaleDraft } from './sale-draft.ts';
import { readSpan } from './span.ts';
import { readTyped } from './zoned-time.ts';

export type NewProduct = z.output<typeof newProductSchema>;
export type NewSale = z.output<typeof newSaleSchema>;
export type SaleChange = z.output<typeof saleChangeSchema>;

/** Problems by the field path that the API also uses: `products.0.amount`. */
export type FieldProblems = ReadonlyMap<string, string>;

/** The parsed form as the API takes it, or its problems. */
export type ReadForm<T> = { readonly value: T } | { readonly problems: FieldProblems };

/** Parses the form of a sale. */
export function readSale(draft: SaleDraft): ReadForm<NewSale> {
  const fields = new Fields();
  const starts = fields.take('startsAt', readTyped(draft.timeZone, draft.startsAt), new Date(0));
  const ends = fields.take('endsAt', readTyped(draft.timeZone, draft.endsAt), new Date(1));
  if (starts >= ends) fields.refuse('endsAt', 'It must end after it starts.');
  const value = {
    name: fields.take('name', readName(draft.name), ''),
    description: draft.description.trim(),
    startsAt: starts.toISOString(),
    endsAt: ends.toISOString(),
    perBuyerLimit: fields.take('perBuyerLimit', readWhole(draft.perBuyerLimit, 1, MAX_STOCK), 1),
    holdSeconds: fields.take('holdSeconds', readSpan(draft.hold, HOLD_SECONDS_MAX), 1),
    offerSeconds: draft.timesOffers
      ? fields.take('offerSeconds', readSpan(draft.offer, HOLD_SECONDS_MAX), 1)
      : null,
    holdLimit: draft.limitsHolds ? readHoldLimit(draft, fields) : null,
    waitlist: draft.waitlist,
    challenge: draft.challenge,
    timeZone: draft.timeZone,
    products: draft.products.map((one, at) => productFrom(one, fields, `products.${at}.`)),
  };
  return fields.hold(value);
}

/** Parses the form of one product. */
export function readProduct(draft: ProductDraft): ReadForm<NewProduct> {
  const fields = new Fields();
  return fields.hold(productFrom(draft, fields, ''));
}

/**
 * The changes between two readings of a sale's form; undefined where there are none. Only changes
 * are sent: frozen fields may stay in the form, and concurrent edits by others are not undone.
 *
 * @param ids product ids, in form order
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
  // The form cannot tell a time for offers that is equal to that of holds from none: with another
  // time for holds, none is said.
  const isShared = settings.holdSeconds !== undefined && after.offerSeconds === null;
  const shared = isShared ? { offerSeconds: null } : {};
  const change = { ...settings, ...shared, ...(products.length === 0 ? {} : { products }) };
  return Object.keys(change).length === 0 ? undefined : change;
}

function productFrom(draft: ProductDraft, fields: Fields, path: string): NewProduct {
  const { description, currency, price, stock } = draft;
  const known = isCurrency(currency);
  if (!known) fields.refuse(`${path}currency`, 'Three letters that Stripe takes, such as EUR.');
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

/** The fields of a sale that an edit may change. */
function settingsOf({ waitlist: _, challenge: __, products: ___, ...settings }: NewSale) {
  return settings;
}

/** The fields of a product that an edit may change: units are changed by restocking. */
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

/** Collects the problems of a form's fields while they are parsed. */
class Fields {
  readonly #problems = new Map<string, string>();

  /**
   * The parsed value; a placeholder where it is invalid, so that the remaining fields are parsed
   * too.
   */
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
