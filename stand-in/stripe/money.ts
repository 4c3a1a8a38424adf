const CURRENCIES: ReadonlySet<string> = new Set(
  Intl.supportedValuesOf('currency').map((code) => code.toLowerCase()),
);

/** Whether it is a currency, as Stripe writes them: `eur`. */
export function isCurrency(code: string): boolean {
  return CURRENCIES.has(code);
}

/** An amount of minor units as Stripe's messages say it: 2500 of `usd` is `$25.00`. */
export function sayAmount(amount: number, currency: string): string {
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amount / 10 ** digits);
}
