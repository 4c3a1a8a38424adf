import type Stripe from 'stripe';
import type { Db } from '../db/client.ts';
import { findPaymentOrder, type PaymentOrder } from '../db/orders.ts';
import { raiseAttempt, requestPayment } from '../db/payment-requests.ts';
import { DomainError } from '../domain/errors.ts';
import type { PaymentDeps } from './deps.ts';
import { followIntent } from './follow-intent.ts';
import { ensureIntent } from './intent.ts';
import { isMissing, isRefused } from './stripe.ts';

/**
 * The PaymentIntent of an order with a price, the same on every call. One that was cancelled at
 * Stripe, or that Stripe does not know, is replaced.
 *
 * @throws DomainError order_not_payable when the order is not held or its hold has expired,
 *   payment_refused when Stripe refuses it; Stripe's error when it is unavailable
 */
export async function requestIntent(
  deps: PaymentDeps,
  orderId: string,
): Promise<Stripe.PaymentIntent> {
  const { db } = deps;
  for (;;) {
    const request = await requestPayment(db, orderId);
    const order = await assertPayable(db, orderId);
    if (request === undefined) throw notPayable('expired'); // the hold expired in between
    const intent = await ensureIntent(deps, order, request).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      if (!isRefused(error)) throw error;
      deps.log.error({ err: error, order: orderId }, 'Stripe refuses a payment');
      throw new DomainError(
        'payment_refused',
        'Stripe does not accept the amount or the currency of this order. Please contact the seller.',
      );
    });
    // Stripe may know before its webhook arrives.
    if (intent?.status === 'succeeded') await followIntent(deps, intent);
    await assertPayable(db, orderId);
    if (intent !== undefined && !isOver(intent)) return intent;
    await raiseAttempt(db, request);
  }
}

/** It can no longer pay the order: cancelled, or captured without paying it. */
function isOver({ status }: Stripe.PaymentIntent): boolean {
  return status === 'canceled' || status === 'succeeded';
}

/**
 * An order that is held, by its id.
 *
 * @throws DomainError order_not_found, or order_not_payable when it is not held or its hold has
 *   expired
 */
export async function assertPayable(db: Db, orderId: string): Promise<PaymentOrder> {
  const order = await findPaymentOrder(db, orderId);
  if (order === undefined) throw new DomainError('order_not_found');
  if (order.status !== 'held') throw notPayable(order.status);
  if (order.overdueMs >= 0) throw notPayable('expired');
  return order;
}

const REASONS: Record<string, string> = {
  paid: 'It is paid already.',
  refunded: 'It was paid and refunded.',
  cancelled: 'It was cancelled. Take a new ticket.',
  expired: 'It has expired. Take a new ticket.',
};

function notPayable(status: string): DomainError {
  return new DomainError('order_not_payable', REASONS[status] ?? `It is ${status}.`);
}
