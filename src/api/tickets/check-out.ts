import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { noteCheckout, takeBackCheckout } from '../../db/cart-checkouts.ts';
import { DomainError } from '../../domain/errors.ts';
import type { ApiDeps } from '../app.ts';
import type { ApiEnv } from '../http/env.ts';
import type { PlaceView } from '../schemas/ticket.ts';
import { takeTicket } from './take-ticket.ts';

/**
 * Takes one ticket for everything in a cart. The attempt is noted before it comes into the line:
 * whoever records its order takes what was ordered out of the cart.
 *
 * @param wish.key the Idempotency-Key: a repeat stands for what was in the cart the first time
 * @throws DomainError cart_empty, or whatever `takeTicket` refuses; then the cart stays as it is
 */
export async function checkOut(
  deps: ApiDeps,
  c: Context<ApiEnv>,
  { saleId, key = randomUUID() }: { saleId: string; key?: string | undefined },
): Promise<PlaceView> {
  const { db, views, attemptKeys } = deps;
  const { buyer } = c.get('identity');
  const attempt = attemptKeys.attempt(buyer, saleId, key);
  const noted = await noteCheckout(db, { sale: saleId, buyer }, attempt);
  if (noted === undefined) {
    await views.require(saleId);
    throw new DomainError('cart_empty');
  }
  const items = Object.entries(noted).map(([productId, quantity]) => ({ productId, quantity }));
  try {
    return await takeTicket(deps, c, { saleId, request: { items }, key });
  } catch (error) {
    if (isRefusal(error)) await takeBackCheckout(db, saleId, attempt);
    throw error;
  }
}

/** Certain that the line did not take it: after `unavailable` it may have. */
function isRefusal(error: unknown): boolean {
  return error instanceof DomainError && error.code !== 'unavailable';
}
