import type { SaleEventView, SaleView } from '../../../api/schemas/sale.ts';

/** How old the stock in an answer may be, in ms: docs/architecture.md. */
const ANSWER_AGE_MS = 1_000;

/**
 * A sale updated by the last event. An event wins over an answer, whichever arrived first: an
 * answer may be a second old, and would stay wrong until the next change. Only an answer later by
 * more than that wins: then the events have stopped.
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
