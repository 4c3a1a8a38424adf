import type { SaleEventView, SaleView } from '../../../api/schemas/sale.ts';

/** How old what an answer tells of stock may be, in ms: docs/architecture.md. */
const ANSWER_AGE_MS = 1_000;

/**
 * A sale as the last event tells it. An event wins over an answer, whichever came first: an answer
 * may be a second old, and nothing would put it right before the next change. Only an answer that is
 * later by more than that knows more: then the events have stopped.
 */
export function withSnapshot(sale: SaleView, snapshot: SaleEventView | undefined): SaleView {
  if (snapshot === undefined) return sale;
  const laterMs = Date.parse(sale.serverTime) - Date.parse(snapshot.serverTime);
  if (laterMs > ANSWER_AGE_MS) return sale;
  const stockOf = new Map(snapshot.products.map(({ id, stock }) => [id, stock]));
  const products = sale.products.map((product) => ({
    ...product,
    stock: stockOf.get(product.id) ?? product.stock,
  }));
  return { ...sale, phase: snapshot.phase, line: snapshot.line, products };
}
