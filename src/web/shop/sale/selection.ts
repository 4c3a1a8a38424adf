import type { SaleView } from '../../../api/schemas/sale.ts';
import type { WantedItem } from '../../browser/attempts.ts';

/** How many of each product somebody has chosen, by product id. */
export type Selection = Readonly<Record<string, number>>;

type Product = Pick<SaleView['products'][number], 'id' | 'amount' | 'currency' | 'stock'>;
type Limits = Pick<SaleView, 'perBuyerLimit' | 'waitlist'> & { products: readonly Product[] };

/** What is chosen before anybody chose: one, where there is only one thing to choose. */
export function firstSelection(sale: Limits): Selection {
  const [only, ...others] = sale.products;
  return only === undefined || others.length > 0 ? {} : { [only.id]: 1 };
}

/** Units that are chosen of all products. */
export function unitsOf(selection: Selection): number {
  return Object.values(selection).reduce((sum, quantity) => sum + quantity, 0);
}

/**
 * How many of a product can be chosen, with what is chosen of the others: no more than each buyer
 * may have, and no more than there are where nobody can wait for more.
 */
export function mostOf(sale: Limits, selection: Selection, productId: string): number {
  const product = sale.products.find(({ id }) => id === productId);
  if (product === undefined) return 0;
  const { available, held } = product.stock;
  const others = unitsOf(selection) - (selection[productId] ?? 0);
  const there = sale.waitlist ? available + held : available;
  return Math.max(0, Math.min(sale.perBuyerLimit - others, there));
}

/** The selection with another quantity of a product, as many of it as can be. */
export function choose(
  sale: Limits,
  selection: Selection,
  productId: string,
  quantity: number,
): Selection {
  const wanted = Math.max(0, Math.min(quantity, mostOf(sale, selection, productId)));
  return { ...selection, [productId]: wanted };
}

/** What is chosen as the API wants to hear it. */
export function itemsOf(selection: Selection): WantedItem[] {
  return Object.entries(selection).flatMap(([productId, quantity]) =>
    quantity > 0 ? [{ productId, quantity }] : [],
  );
}

/** What is to be paid in one currency. */
export interface Total {
  readonly amount: number;
  readonly currency: string;
}

/** What the selection costs, by currency; a ticket has one, so more than one cannot be bought. */
export function totalsOf(products: readonly Product[], selection: Selection): Total[] {
  const totals = new Map<string, number>();
  for (const { id, amount, currency } of products) {
    const quantity = selection[id] ?? 0;
    if (quantity > 0) totals.set(currency, (totals.get(currency) ?? 0) + quantity * amount);
  }
  return Array.from(totals, ([currency, amount]) => ({ currency, amount }));
}
