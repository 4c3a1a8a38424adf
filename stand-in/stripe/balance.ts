import type { Stripe } from 'stripe';
import { disputedOf } from './disputes.ts';
import type { Store } from './store.ts';

/**
 * Captured minus refunded and disputed by currency, in minor units; a refund that failed does not
 * count, and neither does a dispute that was won.
 */
export function balances(store: Store): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const charge of store.charges.values()) {
    const { currency, amount_captured, amount_refunded } = charge;
    const kept = amount_captured - amount_refunded - disputedOf({ store }, charge);
    sums.set(currency, (sums.get(currency) ?? 0) + kept);
  }
  return sums;
}

/** The balance in Stripe's shape. There are no fees, and money is available at once. */
export function balanceObject(store: Store): Stripe.Balance {
  const available = [...balances(store)].map(([currency, amount]) => ({ amount, currency }));
  return { object: 'balance', available, livemode: false, pending: [] };
}
