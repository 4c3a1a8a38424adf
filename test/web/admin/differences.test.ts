import { expect, it } from 'vitest';
import { differencesOf, valueInWords } from '../../../src/web/admin/rules/differences.ts';

it('lists only differences, at any depth', () => {
  const before = { name: 'Drop', perBuyerLimit: 1, payments: [{ id: 'pi', status: 'succeeded' }] };
  const after = { name: 'Drop', perBuyerLimit: 2, payments: [{ id: 'pi', status: 'refunded' }] };
  expect(differencesOf(before, after)).toEqual([
    { name: 'per buyer limit', before: 1, after: 2 },
    { name: 'payments 1 status', before: 'succeeded', after: 'refunded' },
  ]);
});

it('a missing fact before is an addition, after a removal', () => {
  expect(differencesOf(undefined, { delta: 5 })).toEqual([
    { name: 'delta', before: undefined, after: 5 },
  ]);
  expect(differencesOf({ url: 'u' }, undefined)).toEqual([
    { name: 'url', before: 'u', after: undefined },
  ]);
  expect(differencesOf(undefined, undefined)).toEqual([]);
});

it('an amount beside its currency is a price, one without is in minor units', () => {
  expect(differencesOf({ amount: 100, currency: 'eur' }, { amount: 250, currency: 'eur' })).toEqual(
    [{ name: 'price', before: '€1.00', after: '€2.50' }],
  );
  expect(differencesOf({ amount: 100 }, { amount: 250 })).toEqual([
    { name: 'amount in minor units', before: 100, after: 250 },
  ]);
});

it('values are shown in words', () => {
  expect([undefined, null, ''].map(valueInWords)).toEqual(['–', '–', '–']);
  expect([true, false].map(valueInWords)).toEqual(['yes', 'no']);
  expect([12_000, 'eur'].map(valueInWords)).toEqual(['12,000', 'eur']);
  expect(valueInWords('2026-07-01T10:00:00.000Z')).toMatch(/^1 Jul 2026, \d\d:\d\d$/);
});
