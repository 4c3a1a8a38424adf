import { findCurrency, shownAs } from './currency.ts';

/** What is wrong with a currency code that Stripe does not take, for people. */
export const NOT_TAKEN = 'is not a currency that Stripe takes';

/**
 * What is wrong with a price that Stripe does not charge, for people; undefined when nothing is. 0
 * is free in every currency.
 *
 * @param amount in minor units, as Stripe counts them
 */
export function priceProblem(amount: number, currency: string): string | undefined {
  const rules = findCurrency(currency);
  if (rules === undefined) return `${currency} ${NOT_TAKEN}`;
  const { digits, step, least, most } = rules;
  if (amount === 0) return undefined;
  if (amount % step !== 0) {
    return digits === 3
      ? 'must end in 0: this currency is charged to two digits of its three'
      : 'must end in 00: this currency is charged in whole units';
  }
  if (amount < least) return `must be 0, or at least ${formatMoney(least, currency)}`;
  if (amount > most) return `must be at most ${formatMoney(most, currency)}`;
  return undefined;
}

/** A price in words: 14900 and `eur` are "€149.00", 0 is "Free". */
export function formatPrice(amount: number, currency: string): string {
  return amount === 0 ? 'Free' : formatMoney(amount, currency);
}

/** A sum of money, which may be 0: "€0.00". */
export function formatMoney(amount: number | bigint, currency: string): string {
  const { digits } = shownAs(currency);
  const format = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  // As text: the quotient is not exact for every amount.
  return format.format(amountAsText(amount, currency));
}

/** Minor units as a decimal number: 14900 in `eur` is "149.00". */
export function amountAsText(amount: number | bigint, currency: string): `${number}` {
  const { digits } = shownAs(currency);
  const text = String(amount).padStart(digits + 1, '0');
  const decimal = digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
  return decimal as `${number}`;
}
