/**
 * The currencies that Stripe takes, as data. Sources: https://docs.stripe.com/currencies (special
 * cases, minimum and maximum charge amounts, read in November 2026), and for the codes the list
 * that Stripe's API answers when it refuses one, without the digital and the withdrawn ones at its
 * end. Not Intl, which follows cash usage (no digits for HUF, IDR or COP) and differs between
 * engines.
 */
const CODES = (
  'usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp ' +
  'byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip ' +
  'gmd gnf gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd ' +
  'kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok ' +
  'npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos ' +
  'srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf ' +
  'yer zar zmw'
).split(' ');

/** Their amounts have no decimal places. */
const NO_DIGITS = setOf('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf');

/** Their amounts have three decimal places, of which the last must be 0. */
const THREE_DIGITS = setOf('bhd jod kwd omr tnd');

/** Their amounts are written with two decimal places that must be 00. */
const WHOLE = setOf('isk ugx');

/** The least that Stripe charges where it publishes that, in minor units. */
const LEAST: Readonly<Record<string, number>> = {
  ...{ usd: 50, aed: 200, ars: 50, aud: 50, bgn: 100, brl: 50, cad: 50, chf: 50, cop: 50 },
  ...{ czk: 1_500, dkk: 250, eur: 50, gbp: 30, hkd: 400, huf: 17_500, idr: 50, ils: 50, inr: 50 },
  ...{ jpy: 50, krw: 50, mxn: 1_000, myr: 200, nok: 300, nzd: 50, php: 50, pln: 200, ron: 200 },
  ...{ rub: 50, sek: 300, sgd: 50, thb: 1_000, zar: 50 },
};

/** Digits of the largest amount that every payment method takes; cards alone take more. */
const DIGITS_MOST: Readonly<Record<string, number>> = { idr: 12, cop: 10, inr: 9 };
const DIGITS_MOST_ELSE = 8;

/** How Stripe counts a currency. Amounts in minor units. */
interface CurrencyRules {
  /** Decimal places of its amounts. */
  readonly digits: 0 | 2 | 3;
  /** Amounts are multiples of this. */
  readonly step: 1 | 10 | 100;
  /** The smallest amount that is not free. */
  readonly least: number;
  readonly most: number;
}

const RULES: ReadonlyMap<string, CurrencyRules> = new Map(
  CODES.map((code) => [code, rulesOf(code)]),
);

/** The codes of all currencies that Stripe takes, in lower case. */
export const CURRENCIES: readonly string[] = CODES;

/** Most minor units that an amount of any currency has: exact as a JavaScript number. */
export const AMOUNT_MAX = 999_999_999_999;

/** The rules of a currency; undefined for a code that Stripe does not take. */
export function findCurrency(code: string): CurrencyRules | undefined {
  return RULES.get(code);
}

/**
 * The rules by which to show amounts: those of Stripe, or of most currencies for a code that Stripe
 * does not take.
 */
export function shownAs(code: string): Pick<CurrencyRules, 'digits'> {
  return RULES.get(code) ?? { digits: 2 };
}

function rulesOf(code: string): CurrencyRules {
  const digits = NO_DIGITS.has(code) ? 0 : THREE_DIGITS.has(code) ? 3 : 2;
  const step = WHOLE.has(code) ? 100 : digits === 3 ? 10 : 1;
  const most = 10 ** (DIGITS_MOST[code] ?? DIGITS_MOST_ELSE) - 1;
  return { digits, step, least: LEAST[code] ?? step, most: most - (most % step) };
}

function setOf(codes: string): ReadonlySet<string> {
  return new Set(codes.split(' '));
}
