import { DomainError } from '../../domain/errors.ts';
import { formatItems, MAX_ITEMS, unitsOf } from '../../domain/items.ts';
import type { CachedSale } from '../sales/sale-views.ts';
import type { TicketRequest } from '../schemas/ticket.ts';

/** The requested items by product index, as text; or the reason why they can never be accepted. */
export function wishOf(
  { sale, products }: CachedSale,
  request: TicketRequest,
): string | DomainError {
  if (request.items.length > MAX_ITEMS) {
    const detail = `items: a ticket has at most ${MAX_ITEMS} products`;
    return new DomainError('validation_failed', detail);
  }
  const wished = [];
  for (const [at, { productId, quantity }] of request.items.entries()) {
    const product = products.find(({ id }) => id === productId);
    if (product === undefined) {
      const detail = `items.${at}.productId: this sale has no such product`;
      return new DomainError('unknown_product', detail);
    }
    wished.push({ index: product.index, quantity, currency: product.currency });
  }
  if (new Set(wished.map(({ index }) => index)).size < wished.length) {
    return new DomainError('validation_failed', 'items: name each product once');
  }
  if (unitsOf(wished) > sale.per_buyer_limit) {
    const detail = `items: this sale gives each buyer at most ${sale.per_buyer_limit} in all`;
    return new DomainError('invalid_quantity', detail);
  }
  if (new Set(wished.map(({ currency }) => currency)).size > 1) {
    return new DomainError('mixed_currencies');
  }
  return formatItems(wished);
}
