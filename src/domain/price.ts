/**
 * Digits behind the point where Stripe counts a currency's minor units otherwise than ISO 4217, by
 * which Intl goes: https://docs.stripe.com/currencies
 */
const DIGITS: Readonly<Record<string, number>> = { isk: 2, ugx: 2, mga: 0 };

/** Digits behind the point of a currency's prices: 2 for `eur`, 0 for `jpy`. */
export function digitsOf(currency: string): number {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return DIGITS[currency] ?? format.resolvedOptions().maximumFractionDigits ?? 2;
}

/** A price in words: 14900 and `eur` are "€149.00". */
export function formatPrice(amount: number, currency: string): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.format(amount / 10 ** digitsOf(currency));
}
