import type { SaleView } from '../../../api/schemas/sale.ts';
import type { WantedItem } from '../../browser/attempts.ts';

/** Chosen quantities by product id. */
export type Selection = Readonly<Record<string, number>>;

type Product = Pick<SaleView['products'][number], 'id' | 'amount' | 'currency' | 'stock'>;
type Limits = Pick<SaleView, 'perBuyerLimit' | 'waitlist'> & { products: readonly Product[] };

/** The initial selection: one unit where there is only one product. */
export function firstSelection(sale: Limits): Selection {
  const [only, ...others] = sale.products;
  return only === undefined || others.length > 0 ? {} : { [only.id]: 1 };
}

/** The units of all products together. */
export function unitsOf(selection: Selection): number {
  return Object.values(selection).reduce((sum, quantity) => sum + quantity, 0);
}

/**
 * The highest quantity of a product that can be chosen beside the rest of the selection: within the
 * limit per buyer, and within the available units where there is no waitlist. Where there is one,
 * all units may be waited for: what is paid may still be refunded.
 */
export function mostOf(sale: Limits, selection: Selection, productId: string): number {
  const product = sale.products.find(({ id }) => id === productId);
  if (product === undefined) return 0;
  const { available, total } = product.stock;
  const others = unitsOf(selection) - (selection[productId] ?? 0);
  const there = sale.waitlist ? total : available;
  return Math.max(0, Math.min(sale.perBuyerLimit - others, there));
}

/** The selection with a new quantity of one product, capped to what can be chosen. */
export function choose(
  sale: Limits,
  selection: Selection,
  productId: string,
  quantity: number,
): Selection {
  const wanted = Math.max(0, Math.min(quantity, mostOf(sale, selection, productId)));
  return { ...selection, [productId]: wanted };
}

/** Whether fewer units are available than are selected, so that a ticket would have to wait. */
export function hasToWait({ products }: Limits, selection: Selection): boolean {
  return products.some(({ id, stock }) => (selection[id] ?? 0) > stock.available);
}

/** The selection as the API takes it. */
export function itemsOf(selection: Selection): WantedItem[] {
  return Object.entries(selection).flatMap(([productId, quantity]) =>
    quantity > 0 ? [{ productId, quantity }] : [],
  );
}

/** A total in one currency. */
export interface Total {
  readonly amount: number;
  readonly currency: string;
}

/**
 * The totals of a selection by currency; a ticket has one, so a selection with several cannot be
 * bought.
 */
export function totalsOf(products: readonly Product[], selection: Selection): Total[] {
  const totals = new Map<string, number>();
  for (const { id, amount, currency } of products) {
    const quantity = selection[id] ?? 0;
    if (quantity > 0) totals.set(currency, (totals.get(currency) ?? 0) + quantity * amount);
  }
  return Array.from(totals, ([currency, amount]) => ({ currency, amount }));
}
