/**
 * How Stripe counts a currency's minor units: https://docs.stripe.com/currencies. Not as Intl does,
 * which follows cash usage (no digits for HUF, IDR or COP) and differs between engines.
 */
const NO_DIGITS = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '));
const THREE_DIGITS = new Set('bhd jod kwd omr tnd'.split(' '));

/** Decimal places of a currency's prices: 2 for `eur`, 0 for `jpy`. */
export function digitsOf(currency: string): number {
  if (NO_DIGITS.has(currency)) return 0;
  return THREE_DIGITS.has(currency) ? 3 : 2;
}

/** Whether Stripe accepts the amount: the last of three decimal places must be 0. */
export function isChargeable(amount: number, currency: string): boolean {
  return digitsOf(currency) < 3 || amount % 10 === 0;
}

/** What is wrong with an amount that Stripe refuses, for people. */
export const NOT_CHARGEABLE = 'must end in 0: this currency is charged to two digits of its three';

/** A price in words: 14900 and `eur` are "€149.00", 0 is "Free". */
export function formatPrice(amount: number, currency: string): string {
  return amount === 0 ? 'Free' : formatMoney(amount, currency);
}

/** A sum of money, which may be 0: "€0.00". */
export function formatMoney(amount: number, currency: string): string {
  const digits = digitsOf(currency);
  const format = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return format.format(amount / 10 ** digits);
}
