/**
 * How Stripe counts a currency's minor units: https://docs.stripe.com/currencies. Not as Intl does,
 * which goes by what people pay in cash (no digits of HUF, IDR or COP), another in each engine.
 */
const NO_DIGITS = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '));
const THREE_DIGITS = new Set('bhd jod kwd omr tnd'.split(' '));

/** Digits behind the point of a currency's prices: 2 for `eur`, 0 for `jpy`. */
export function digitsOf(currency: string): number {
  if (NO_DIGITS.has(currency)) return 0;
  return THREE_DIGITS.has(currency) ? 3 : 2;
}

/** Whether Stripe takes such an amount: of three digits behind the point the last must be 0. */
export function isChargeable(amount: number, currency: string): boolean {
  return digitsOf(currency) < 3 || amount % 10 === 0;
}

/** What is wrong with an amount that is not, for people. */
export const NOT_CHARGEABLE = 'must end in 0: this currency is charged to two digits of its three';

/** A price in words: 14900 and `eur` are "€149.00". */
export function formatPrice(amount: number, currency: string): string {
  const digits = digitsOf(currency);
  const format = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return format.format(amount / 10 ** digits);
}
