import type { SaleView } from '../../../api/schemas/sale.ts';
import { newKey } from '../../browser/new-key.ts';
import { asLocalInput, nextHour } from './local-time.ts';
import { priceAsInput } from './money.ts';
import { type Span, spanOf } from './span.ts';

/** A product as it is typed. */
export interface ProductDraft {
  /** Tells the rows of a form apart. */
  readonly key: string;
  /** Undefined for one that is yet to be made. */
  readonly id?: string | undefined;
  readonly name: string;
  readonly description: string;
  readonly price: string;
  readonly currency: string;
  readonly stock: string;
}

/** A sale as it is typed: texts as they stand in the fields. */
export interface SaleDraft {
  readonly name: string;
  readonly description: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly perBuyerLimit: string;
  readonly hold: Span;
  readonly limitsHolds: boolean;
  readonly holdCount: string;
  readonly holdWindow: Span;
  readonly waitlist: boolean;
  readonly challenge: boolean;
  readonly products: readonly ProductDraft[];
}

/** A sale that needs a name, a price and a number of units only. */
export function freshSale(now: Date): SaleDraft {
  const start = nextHour(now);
  return {
    name: '',
    description: '',
    startsAt: asLocalInput(start),
    endsAt: asLocalInput(new Date(start.getTime() + 2 * 3_600_000)),
    perBuyerLimit: '2',
    hold: { text: '10', unit: 'minutes' },
    limitsHolds: false,
    holdCount: '2',
    holdWindow: { text: '1', unit: 'hours' },
    waitlist: true,
    challenge: false,
    products: [freshProduct('eur')],
  };
}

/** A product that nothing is known of but how the others are priced. */
export function freshProduct(currency: string): ProductDraft {
  return { key: newKey(), name: '', description: '', price: '', currency, stock: '' };
}

/** A sale that there is, as it stands in the fields. */
export function draftOf(sale: SaleView): SaleDraft {
  const { name, description, startsAt, endsAt, holdLimit, waitlist, challenge } = sale;
  return {
    name,
    description,
    startsAt: asLocalInput(new Date(startsAt)),
    endsAt: asLocalInput(new Date(endsAt)),
    perBuyerLimit: String(sale.perBuyerLimit),
    hold: spanOf(sale.holdSeconds),
    limitsHolds: holdLimit !== null,
    holdCount: String(holdLimit?.count ?? 2),
    holdWindow: spanOf(holdLimit?.windowSeconds ?? 3_600),
    waitlist,
    challenge,
    products: sale.products.map(productDraftOf),
  };
}

/** A draft with the products that have come since it was begun; what is typed in it stays. */
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
    price: priceAsInput(product.amount, product.currency),
    currency: product.currency,
    stock: String(product.stock.total),
  };
}
