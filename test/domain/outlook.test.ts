import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { queuedOutlook } from '../../src/domain/outlook.ts';

const units = fc.nat(4);
const products = fc.array(fc.record({ available: units, held: units }), {
  minLength: 2,
  maxLength: 2,
});
const items = fc.array(fc.record({ index: fc.nat(1), quantity: fc.integer({ min: 1, max: 5 }) }), {
  minLength: 1,
  maxLength: 2,
});

describe('the outlook of a queued ticket', () => {
  it('is given where less than it wants is unpaid, and is certain only without a waitlist', () => {
    fc.assert(
      fc.property(products, items, fc.constantFrom(0, 5), (stock, wanted, waitlistMax) => {
        const isShort = wanted.some(({ index, quantity }) => {
          const { available = 0, held = 0 } = stock[index] ?? {};
          return available + held < quantity;
        });
        const sale = { isClosed: false, waitlistMax, products: stock };
        const certain = waitlistMax === 0 ? 'none' : 'unlikely';
        expect(queuedOutlook(sale, wanted)).toBe(isShort ? certain : undefined);
        expect(queuedOutlook({ ...sale, isClosed: true }, wanted)).toBe('none');
      }),
    );
  });

  it('does not judge products that this process has not heard of yet', () => {
    const sale = { isClosed: false, waitlistMax: 0, products: [] };
    expect(queuedOutlook(sale, [{ index: 3, quantity: 1 }])).toBeUndefined();
  });
});
