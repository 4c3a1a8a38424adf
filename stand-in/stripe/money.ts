const CURRENCIES: ReadonlySet<string> = new Set(
  Intl.supportedValuesOf('currency').map((code) => code.toLowerCase()),
);

/** Whether a text is a currency in Stripe's form: `eur`. */
export function isCurrency(code: string): boolean {
  return CURRENCIES.has(code);
}

/** An amount in minor units as Stripe's messages show it: 2500 of `usd` is `$25.00`. */
export function sayAmount(amount: number, currency: string): string {
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amount / 10 ** digits);
}
