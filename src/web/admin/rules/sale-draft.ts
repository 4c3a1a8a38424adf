import type { SaleView } from '../../../api/schemas/sale.ts';
import { amountAsText } from '../../../domain/price.ts';
import { newKey } from '../../browser/new-key.ts';
import { asLocalInput, nextHour } from './local-time.ts';
import { type Span, spanOf } from './span.ts';

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

/** A new sale that lacks only a name, a price and a number of units. */
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

/** An empty product, in the currency of the others. */
export function freshProduct(currency: string): ProductDraft {
  return { key: newKey(), name: '', description: '', price: '', currency, stock: '' };
}

/** An existing sale as a form. */
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
