import { badParam } from './stripe-errors.ts';

/** Stripe's currencies, in the order in which its API names them when it refuses one. */
const CODES =
  'usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp ' +
  'byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip ' +
  'gmd gnf gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd ' +
  'kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok ' +
  'npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos ' +
  'srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf ' +
  'yer zar zmw';
const CURRENCIES: ReadonlySet<string> = new Set(CODES.split(' '));

/** Decimal places other than 2, and amounts that must be divisible: docs.stripe.com/currencies. */
const DECIMALS = byCode({
  0: 'bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf',
  3: 'bhd jod kwd omr tnd',
});
const DIVISORS = byCode({ 10: 'bhd jod kwd omr tnd', 100: 'isk ugx' });

/** Minimum charge amounts by currency, on the same page. */
const MINIMUMS = byCode({
  30: 'gbp',
  50: 'usd ars aud brl cad chf cop eur idr ils inr jpy krw nzd php rub sgd zar',
  100: 'bgn',
  200: 'aed myr pln ron',
  250: 'dkk',
  300: 'nok sek',
  400: 'hkd',
  1000: 'mxn thb',
  1500: 'czk',
  17500: 'huf',
});

/** Maximum numbers of digits other than 8, for payments that are not by card only. */
const DIGITS = byCode({ 9: 'inr', 10: 'cop', 12: 'idr' });

/** @throws StripeFailure for a currency that Stripe does not have */
export function refuseCurrency(code: string): void {
  if (CURRENCIES.has(code)) return;
  const known = CODES.replaceAll(' ', ', ');
  const message = `Invalid currency: ${code}. Stripe currently supports these currencies: ${known}`;
  throw badParam('currency', message);
}

/** @throws StripeFailure for an amount of at least 1 that Stripe does not charge */
export function refuseAmount(amount: number, currency: string): void {
  const minimum = MINIMUMS.get(currency) ?? 1;
  if (amount < minimum) {
    const message = `Amount must be at least ${sayAmount(minimum, currency)} ${currency}`;
    throw badParam('amount', message, 'amount_too_small');
  }
  const maximum = 10 ** (DIGITS.get(currency) ?? 8) - 1;
  if (amount > maximum) {
    const message = `Amount must be no more than ${sayAmount(maximum, currency)}`;
    throw badParam('amount', message, 'amount_too_large');
  }
  const divisor = DIVISORS.get(currency) ?? 1;
  if (amount % divisor === 0) return;
  const message = `Invalid amount: for ${currency} it must be divisible by ${divisor}`;
  throw badParam('amount', message, 'invalid_charge_amount');
}

/** An amount in minor units as Stripe's messages show it: 2500 of `usd` is `$25.00`. */
export function sayAmount(amount: number, currency: string): string {
  const digits = DECIMALS.get(currency) ?? 2;
  const format = new Intl.NumberFormat('en-US', {
    ...{ style: 'currency', currency },
    ...{ minimumFractionDigits: digits, maximumFractionDigits: digits },
  });
  return format.format(amount / 10 ** digits);
}

function byCode(codes: Readonly<Record<number, string>>): ReadonlyMap<string, number> {
  return new Map(
    Object.entries(codes).flatMap(([value, list]) =>
      list.split(' ').map((code) => [code, Number(value)] as const),
    ),
  );
}
