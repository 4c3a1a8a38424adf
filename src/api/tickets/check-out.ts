import { randomUUID } from 'node:crypto';
import { noteCheckout, takeBackCheckout } from '../../db/cart-checkouts.ts';
import type { Db } from '../../db/client.ts';
import { DomainError } from '../../domain/errors.ts';
import {
  type TakenTicket,
  type TakeTicketDeps,
  type TicketCaller,
  takeTicket,
} from './take-ticket.ts';

/**
 * Takes one ticket for everything in a cart. The attempt is recorded before it enters the line:
 * when its order is recorded, the ordered items are removed from the cart.
 *
 * @param cart.key the Idempotency-Key: a repeat stands for the cart's contents of the first time
 * @throws DomainError cart_empty, or any refusal of `takeTicket`; then the cart does not change
 */
export async function checkOut(
  deps: TakeTicketDeps & { readonly db: Db },
  caller: TicketCaller,
  { saleId, key = randomUUID() }: { saleId: string; key?: string | undefined },
): Promise<TakenTicket> {
  const { db, views, attemptKeys } = deps;
  const { buyer } = caller;
  const { sale } = views.peek(saleId) ?? (await views.require(saleId));
  const attempt = attemptKeys.attempt(buyer, sale, key);
  const noted = await noteCheckout(db, { sale: saleId, buyer }, attempt);
  if (noted === undefined) throw new DomainError('cart_empty');
  const items = Object.entries(noted).map(([productId, quantity]) => ({ productId, quantity }));
  try {
    return await takeTicket(deps, caller, { saleId, request: { items }, key });
  } catch (error) {
    if (isRefusal(error)) await takeBackCheckout(db, saleId, attempt);
    throw error;
  }
}

/** Whether the line certainly did not take it: after `unavailable` it may have. */
function isRefusal(error: unknown): boolean {
  return error instanceof DomainError && error.code !== 'unavailable';
}
