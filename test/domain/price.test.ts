import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CURRENCIES, findCurrency } from '../../src/domain/currency.ts';
import { amountAsText, formatMoney, formatPrice, priceProblem } from '../../src/domain/price.ts';
import { readPrice } from '../../src/web/admin/rules/money.ts';
import { refuseAmount, refuseCurrency } from '../../stand-in/stripe/money.ts';

/** Amounts of any currency that Stripe takes, free ones too, to the largest. */
const prices = fc.constantFrom(...CURRENCIES).chain((currency) => {
  const rules = findCurrency(currency);
  if (rules === undefined) throw new Error(`${currency} has no rules`);
  const { least, most, step } = rules;
  const units = fc.integer({ min: Math.ceil(least / step), max: most / step });
  const amounts = fc.oneof(
    fc.constantFrom(0, most),
    units.map((n) => n * step),
  );
  return fc.record({ amount: amounts, currency: fc.constant(currency) });
});

const isTakenByStripe = (amount: number, currency: string) => {
  try {
    refuseCurrency(currency);
    refuseAmount(amount, currency);
    return true;
  } catch {
    return false;
  }
};

describe('prices in every currency', () => {
  it('an amount as text is read as the same amount', () => {
    fc.assert(
      fc.property(prices, ({ amount, currency }) => {
        expect(priceProblem(amount, currency)).toBeUndefined();
        expect(readPrice(amountAsText(amount, currency), currency)).toEqual({ value: amount });
        // What people see has the same digits, whatever Intl knows of the currency.
        const digits = formatMoney(amount, currency).replaceAll(/\D/g, '');
        expect(Number(digits)).toBe(amount);
      }),
      { numRuns: 2_000 },
    );
  });

  it('what is taken is what the stand-in takes as Stripe, except for what is free', () => {
    const amounts = fc.oneof(
      fc.integer({ min: 1, max: 20_000 }),
      fc.integer({ min: 1, max: 1e13 }),
    );
    const codes = fc.constantFrom(...CURRENCIES, 'zzz', 'bov', 'xau');
    fc.assert(
      fc.property(amounts, codes, (amount, currency) => {
        const isTaken = priceProblem(amount, currency) === undefined;
        expect(isTaken, `${amount} ${currency}`).toBe(isTakenByStripe(amount, currency));
      }),
      { numRuns: 5_000 },
    );
    expect(CURRENCIES.filter((code) => !isTakenByStripe(20_000, code))).toEqual([]);
  });

  it.each([
    [100, 'zzz', 'zzz is not a currency that Stripe takes'],
    [0, 'zzz', 'zzz is not a currency that Stripe takes'],
    [49, 'eur', 'must be 0, or at least €0.50'],
    [49, 'jpy', 'must be 0, or at least ¥50'],
    [1_499, 'czk', 'must be 0, or at least CZK 15.00'],
    [100_000_000, 'eur', 'must be at most €999,999.99'],
    [1_000_000_000_000, 'idr', 'must be at most IDR 9,999,999,999.99'],
    [150, 'isk', 'must end in 00: this currency is charged in whole units'],
    [501, 'ugx', 'must end in 00: this currency is charged in whole units'],
    [1_234, 'kwd', 'must end in 0: this currency is charged to two digits of its three'],
  ])('%i of %s %s', (amount, currency, words) => {
    expect(priceProblem(amount, currency)?.replaceAll('\u00a0', ' ')).toBe(words);
  });

  it.each([
    [0, 'jpy', 'Free'],
    [500, 'ugx', 'UGX 5.00'],
    [100_000, 'isk', 'ISK 1,000.00'],
    [999_999_999_999, 'idr', 'IDR 9,999,999,999.99'],
    [1_490, 'zzz', 'ZZZ 14.90'], // of a sale that is older than the list
  ])('%i of %s is "%s"', (amount, currency, words) => {
    expect(formatPrice(amount, currency).replaceAll('\u00a0', ' ')).toBe(words);
  });
});
