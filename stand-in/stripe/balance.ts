import type { Stripe } from 'stripe';
import type { Store } from './store.ts';

/** Captured minus refunded by currency, in minor units; a refund that failed does not count. */
export function balances({ charges }: Store): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { currency, amount_captured, amount_refunded } of charges.values()) {
    sums.set(currency, (sums.get(currency) ?? 0) + amount_captured - amount_refunded);
  }
  return sums;
}

/** The balance in Stripe's shape. There are no fees, and money is available at once. */
export function balanceObject(store: Store): Stripe.Balance {
  const available = [...balances(store)].map(([currency, amount]) => ({ amount, currency }));
  return { object: 'balance', available, livemode: false, pending: [] };
}
