import type { SaleView } from '../../api/schemas/sale.ts';

/** What an event tells of a sale. */
export type Snapshot = Pick<SaleView, 'phase' | 'line'> & {
  readonly products: readonly Pick<SaleView['products'][number], 'id' | 'stock'>[];
};

/**
 * A sale as the last event tells it. Events win over an answer, whichever came first: an answer may
 * be a second old, and nothing would put it right before the next change.
 */
export function withSnapshot(sale: SaleView, snapshot: Snapshot | undefined): SaleView {
  if (snapshot === undefined) return sale;
  const stockOf = new Map(snapshot.products.map(({ id, stock }) => [id, stock]));
  const products = sale.products.map((product) => ({
    ...product,
    stock: stockOf.get(product.id) ?? product.stock,
  }));
  return { ...sale, phase: snapshot.phase, line: snapshot.line, products };
}
