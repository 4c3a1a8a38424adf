import fc from 'fast-check';
import { expect, it } from 'vitest';
import { amountAsText } from '../../../src/domain/price.ts';
import { isCurrency, readPrice } from '../../../src/web/admin/rules/money.ts';

it.each([
  ['149', 'eur', 14_900],
  ['149.5', 'eur', 14_950],
  ['149,50', 'eur', 14_950],
  [' 0.50 ', 'eur', 50],
  ['0', 'eur', 0],
  ['1490', 'jpy', 1_490],
  ['1.23', 'kwd', 1_230],
  ['14900', 'huf', 1_490_000],
  ['12', 'isk', 1_200],
  ['12.00', 'ugx', 1_200],
  ['9999999999.99', 'idr', 999_999_999_999],
])('"%s" of %s is %i', (text, currency, value) => {
  expect(readPrice(text, currency)).toEqual({ value });
});

it.each([
  ['', 'eur', /Enter a price/],
  ['€149', 'eur', /without the sign/],
  ['-1', 'eur', /without the sign/],
  ['1,490', 'eur', /thousands are not set apart/],
  ['1.490,00', 'eur', /1490\.50/],
  ['149.5', 'jpy', /no cents/],
  ['1.234', 'kwd', /must end in 0/],
  ['12.50', 'isk', /whole units/],
  ['0.49', 'eur', /0, or at least €0\.50/],
  ['49', 'jpy', /at least ¥50/],
  ['1000000', 'eur', /at most €999,999\.99/],
])('"%s" of %s is refused in words', (text, currency, words) => {
  expect(readPrice(text, currency)).toEqual({ problem: expect.stringMatching(words) });
});

it('what is written into a field is read as the same amount', () => {
  const amounts = fc.integer({ min: 50_000, max: 99_999_999 });
  const currencies = fc.constantFrom('eur', 'jpy', 'huf', 'mga');
  fc.assert(
    fc.property(amounts, currencies, (value, currency) => {
      expect(readPrice(amountAsText(value, currency), currency)).toEqual({ value });
    }),
  );
});

it('a currency is one that Stripe takes', () => {
  expect(['eur', 'EUR', 'eu', 'euro', '', 'zzz', 'bov'].map(isCurrency)).toEqual([
    ...[true, false, false, false, false, false, false],
  ]);
});
