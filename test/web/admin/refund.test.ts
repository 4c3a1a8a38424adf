import { expect, it } from 'vitest';
import type { AdminOrderView } from '../../../src/api/schemas/order.ts';
import { leftOf, readRefund, refundWords } from '../../../src/web/admin/rules/refund.ts';

const AT = '2026-11-28T10:00:00.000Z';

function order(more: Partial<AdminOrderView> = {}): AdminOrderView {
  const item = { productId: 'p', name: 'Stalls', quantity: 3, amount: 1_000 };
  return {
    ...{ id: 'o', saleId: 's', ticketId: 't', buyerId: 'b', lineNumber: 1, messages: [] },
    ...{ status: 'paid', items: [item], amount: 3_000, currency: 'eur' },
    ...{ holdExpiresAt: AT, createdAt: AT, ...more },
  };
}

it('all that is left is refunded until another amount is typed', () => {
  const partly = order({
    amountRefunded: 500,
    items: [{ productId: 'p', name: 'Stalls', quantity: 3, amount: 1_000, returned: 1 }],
  });
  expect(leftOf(partly)).toMatchObject({ amount: 2_500, items: [{ quantity: 2 }] });
  expect(readRefund(partly, { restock: false, units: {} })).toEqual({ value: { restock: false } });
  const all = { restock: true, units: { p: 1 }, amount: '25.00' };
  expect(readRefund(partly, all)).toEqual({ value: { restock: true } });
  expect(refundWords(partly, undefined).act).toBe('Refund €25.00');
});

it('a part names its amount, and the units that go back', () => {
  const draft = { restock: true, amount: '7,50' };
  expect(readRefund(order(), { ...draft, units: { p: 0 } })).toEqual({
    value: { restock: true, amount: 750 },
  });
  expect(readRefund(order(), { ...draft, units: { p: 2 } })).toEqual({
    value: { restock: true, amount: 750, items: [{ productId: 'p', quantity: 2 }] },
  });
});

it.each([
  ['0', 'eur', /More than 0, and at most €30\.00/],
  ['30.01', 'eur', /at most/],
  ['much', 'eur', /without the sign/],
  ['7.5', 'isk', /not charged so finely/],
])('"%s" of %s is refused in words', (amount, currency, words) => {
  const draft = { restock: true, units: {}, amount };
  expect(readRefund(order({ currency }), draft)).toEqual({
    problem: expect.stringMatching(words),
  });
});

it('a free order has no money to give back', () => {
  const free = order({ amount: 0 });
  const draft = { restock: true, units: {}, amount: '5' };
  expect(readRefund(free, draft)).toEqual({ value: { restock: true } });
  expect(refundWords(free, undefined).act).toBe('Take the order back');
});
