import { AMOUNT_MAX, findCurrency } from '../../domain/currency.ts';
import { DomainError } from '../../domain/errors.ts';
import { formatItems, MAX_ITEMS, unitsOf } from '../../domain/items.ts';
import { formatMoney } from '../../domain/price.ts';
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
    const { index, amount, currency } = product;
    wished.push({ index, quantity, amount, currency });
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
  return tooDear(wished) ?? formatItems(wished);
}

/**
 * Refuses what costs more than can be paid at once: a buyer who got it could never pay. Prices are
 * frozen while tickets are accepted, so that it cannot become true later.
 */
export function tooDear(
  wished: readonly {
    readonly quantity: number;
    readonly amount: number;
    readonly currency: string;
  }[],
): DomainError | undefined {
  const currency = wished[0]?.currency ?? '';
  const most = findCurrency(currency)?.most ?? AMOUNT_MAX;
  const total = wished.reduce((sum, { quantity, amount }) => sum + quantity * amount, 0);
  if (total <= most) return undefined;
  const detail = `An order can be paid up to ${formatMoney(most, currency)}: take fewer units`;
  return new DomainError('invalid_quantity', detail);
}
