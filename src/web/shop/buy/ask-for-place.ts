import type { SaleView } from '../../../api/schemas/sale.ts';
import type { PlaceView } from '../../../api/schemas/ticket.ts';
import { type Attempt, sameItems } from '../../browser/attempts.ts';
import { type ApiClient, answered } from '../../client/api-client.ts';
import { ApiProblem, CartChanged, isTransient } from '../../client/problem.ts';
import { solveFor } from './solve.ts';

/** `solving`: computing the anti-bot challenge; `asking`: requesting a place in line. */
export type BuyStep = 'solving' | 'asking';

/**
 * Requests a place with the attempt's key.
 *
 * @param own a client for the attempt's buyer only
 * @param isRepeat whether it may have been sent before: then the cart must be unchanged
 * @throws CartChanged when the cart holds something else by now
 */
export async function askForPlace(
  own: ApiClient,
  sale: Pick<SaleView, 'id' | 'challenge'>,
  attempt: Attempt,
  options: { isRepeat: boolean; onStep: (step: BuyStep) => void },
): Promise<PlaceView> {
  const { isRepeat, onStep } = options;
  onStep(sale.challenge ? 'solving' : 'asking');
  if (attempt.fromCart && isRepeat) await refuseChangedCart(own, attempt);
  const solution = sale.challenge ? await solveFor(own, sale.id) : undefined;
  onStep('asking');
  const call = own.sales[':saleId'];
  const request = {
    param: { saleId: sale.id },
    header: {
      'idempotency-key': attempt.key,
      ...(solution === undefined ? {} : { 'challenge-solution': solution }),
    },
  };
  if (attempt.fromCart) return answered(call.cart.checkout.$post(request));
  const items = attempt.items.map((item) => ({ ...item }));
  return answered(call.tickets.$post({ ...request, json: { items } }));
}

/** Whether the attempt certainly got no place, or its buyer was refused. */
export function isFinal(error: unknown): boolean {
  if (error instanceof CartChanged) return true;
  if (!(error instanceof ApiProblem) || isTransient(error)) return false;
  return error.status < 500 && error.status !== 401;
}

/** An empty cart is accepted: its order emptied it, or there is nothing to buy. */
async function refuseChangedCart(own: ApiClient, { saleId, items }: Attempt): Promise<void> {
  const cart = await answered(own.sales[':saleId'].cart.$get({ param: { saleId } }));
  if (cart.items.length > 0 && !sameItems(items, cart.items)) throw new CartChanged('other items');
}
