import { describe, expect, it } from 'vitest';
import {
  checkCard,
  expiryOf,
  isCardNumber,
  spacedExpiry,
  spacedNumber,
} from '../../src/web/shop/order/card.ts';

const TODAY = new Date(2030, 5, 15);
const GOOD = { number: '4242 4242 4242 4242', expiry: '06 / 30', cvc: '123' };

describe('a card', () => {
  it('is sent when nothing is wrong with it', () => {
    expect(checkCard(GOOD, TODAY)).toEqual({});
  });

  it('lists its problems field by field', () => {
    const card = { number: '4242 4242 4242 4241', expiry: '13 / 30', cvc: '1' };
    expect(Object.keys(checkCard(card, TODAY))).toEqual(['number', 'expiry', 'cvc']);
    expect(checkCard({ ...GOOD, expiry: '05 / 30' }, TODAY).expiry).toContain('expired');
  });

  it.each(['4000 0000 0000 9995', '4000002500003155'])('%s is a valid number', (number) => {
    expect(isCardNumber(number)).toBe(true);
  });

  it.each(['', '4242', '4242424242424243', '42424242424242424242'])('%s is not', (number) => {
    expect(isCardNumber(number)).toBe(false);
  });
});

it('typed digits are spaced as on the card', () => {
  expect(spacedNumber('4242a4242424242424')).toBe('4242 4242 4242 4242 4');
  expect(['1', '12', '123', '1230', '7', '730'].map(spacedExpiry)).toEqual([
    ...['1', '12', '12 / 3', '12 / 30', '07', '07 / 30'],
  ]);
  expect(expiryOf('12 / 30')).toEqual({ month: 12, year: 2030 });
  expect(expiryOf('12')).toBeUndefined();
});
