import type { SaleView } from '../../../api/schemas/sale.ts';
import { amountAsText } from '../../../domain/price.ts';
import { newKey } from '../../browser/new-key.ts';
import { type Span, spanOf } from './span.ts';
import { nextHour, ownZone, readTyped, type TypedTime, typedIn } from './zoned-time.ts';

/** A product as typed into the form. */
export interface ProductDraft {
  /** Identifies the row in the form. */
  readonly key: string;
  /** Undefined for a product that does not exist yet. */
  readonly id?: string | undefined;
  readonly name: string;
  readonly description: string;
  readonly price: string;
  readonly currency: string;
  readonly stock: string;
}

/** A sale as typed into the form: the texts of its fields. */
export interface SaleDraft {
  readonly name: string;
  readonly description: string;
  /** The IANA time zone in which the times are typed. */
  readonly timeZone: string;
  readonly startsAt: TypedTime;
  readonly endsAt: TypedTime;
  readonly perBuyerLimit: string;
  readonly hold: Span;
  /** Offers of the waitlist are held for a time of their own. */
  readonly timesOffers: boolean;
  readonly offer: Span;
  readonly limitsHolds: boolean;
  readonly holdCount: string;
  readonly holdWindow: Span;
  readonly waitlist: boolean;
  readonly challenge: boolean;
  readonly products: readonly ProductDraft[];
}

/** A new sale that lacks only a name, a price and a number of units. */
export function freshSale(now: Date): SaleDraft {
  const start = nextHour(now);
  const timeZone = ownZone();
  return {
    name: '',
    description: '',
    timeZone,
    startsAt: typedIn(timeZone, start),
    endsAt: typedIn(timeZone, new Date(start.getTime() + 2 * 3_600_000)),
    perBuyerLimit: '2',
    hold: { text: '10', unit: 'minutes' },
    timesOffers: false,
    offer: { text: '10', unit: 'minutes' },
    limitsHolds: false,
    holdCount: '2',
    holdWindow: { text: '1', unit: 'hours' },
    waitlist: true,
    challenge: false,
    products: [freshProduct('eur')],
  };
}

/** An empty product, in the currency of the others. */
export function freshProduct(currency: string): ProductDraft {
  return { key: newKey(), name: '', description: '', price: '', currency, stock: '' };
}

/** An existing sale as a form. */
export function draftOf(sale: SaleView): SaleDraft {
  const { name, description, timeZone, startsAt, endsAt, holdLimit, waitlist, challenge } = sale;
  return {
    name,
    description,
    timeZone,
    startsAt: typedIn(timeZone, new Date(startsAt)),
    endsAt: typedIn(timeZone, new Date(endsAt)),
    perBuyerLimit: String(sale.perBuyerLimit),
    hold: spanOf(sale.holdSeconds),
    timesOffers: sale.offerSeconds !== sale.holdSeconds,
    offer: spanOf(sale.offerSeconds),
    limitsHolds: holdLimit !== null,
    holdCount: String(holdLimit?.count ?? 2),
    holdWindow: spanOf(holdLimit?.windowSeconds ?? 3_600),
    waitlist,
    challenge,
    products: sale.products.map(productDraftOf),
  };
}

/**
 * The draft in another time zone: in a new sale the typed times stay as they are typed, in an
 * existing one they stay the same moments.
 */
export function inZone(draft: SaleDraft, timeZone: string, isNew: boolean): SaleDraft {
  const move = (typed: TypedTime): TypedTime => {
    const read = readTyped(draft.timeZone, typed);
    return isNew || 'problem' in read ? typed : typedIn(timeZone, read.value);
  };
  return { ...draft, timeZone, startsAt: move(draft.startsAt), endsAt: move(draft.endsAt) };
}

/** The draft with products added since it was opened; typed values stay. */
export function withNewProducts(
  draft: SaleDraft,
  { products }: Pick<SaleView, 'products'>,
): SaleDraft {
  const known = new Set(draft.products.map(({ id }) => id));
  const come = products.filter(({ id }) => !known.has(id));
  if (come.length === 0) return draft;
  return { ...draft, products: [...draft.products, ...come.map(productDraftOf)] };
}

function productDraftOf(product: SaleView['products'][number]): ProductDraft {
  return {
    key: product.id,
    id: product.id,
    name: product.name,
    description: product.description,
    price: amountAsText(product.amount, product.currency),
    currency: product.currency,
    stock: String(product.stock.total),
  };
}
