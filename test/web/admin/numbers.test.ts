import { expect, it } from 'vitest';
import { busyMinutes, hourInWords } from '../../../src/web/admin/rules/minutes.ts';
import { readWhole } from '../../../src/web/admin/rules/read-number.ts';
import { readSpan, spanOf } from '../../../src/web/admin/rules/span.ts';
import { takingsInWords, takingsOf } from '../../../src/web/admin/rules/takings.ts';
import {
  isLocked,
  isProductLocked,
  locksOf,
  NO_LOCKS,
} from '../../../src/web/admin/settings/locks.ts';

const product = (amount: number, currency: string, sold: number, total: number) => ({
  id: 'p',
  name: 'P',
  description: '',
  amount,
  currency,
  stock: { total, sold, held: 0, available: total - sold },
});

it('takings are summed by currency, the largest first', () => {
  const takings = takingsOf([
    product(1_000, 'eur', 2, 10),
    product(500, 'jpy', 3, 1_000),
    product(250, 'eur', 1, 4),
  ]);
  expect(takings).toEqual([
    { currency: 'jpy', sold: 1_500n, whole: 500_000n },
    { currency: 'eur', sold: 2_250n, whole: 11_000n },
  ]);
  expect(takingsInWords(takings, 'sold')).toBe('¥1,500 + €22.50');
  const dear = takingsOf([product(999_999_999_999, 'idr', 9_999_999, 10_000_000)]);
  expect(takingsInWords(dear, 'sold')).toMatch(/99,999,989,999,900,000\.01$/);
});

it('whole numbers are read between their bounds', () => {
  expect(readWhole(' +10 ', -5, 10)).toEqual({ value: 10 });
  expect(readWhole('−5', -5, 10)).toEqual({ value: -5 });
  for (const text of ['', '1.5', 'ten', '-6', '11', '1e1']) {
    expect(readWhole(text, -5, 10), text).toHaveProperty('problem');
  }
});

it('a duration is shown in the largest unit that divides it', () => {
  expect([30, 90, 600, 5_400, 7_200].map(spanOf)).toEqual([
    { text: '30', unit: 'seconds' },
    { text: '90', unit: 'seconds' },
    { text: '10', unit: 'minutes' },
    { text: '90', unit: 'minutes' },
    { text: '2', unit: 'hours' },
  ]);
  expect(readSpan({ text: '90', unit: 'minutes' }, 86_400)).toEqual({ value: 5_400 });
  expect(readSpan({ text: '25', unit: 'hours' }, 86_400)).toEqual({ problem: 'At most 24.' });
});

it('the last hour is summarised in a sentence', () => {
  const minute = (at: string, sold: number, expired: number) => ({
    minute: `2026-07-01T${at}:00.000Z`,
    sold,
    expired,
  });
  const quiet = [minute('10:00', 0, 0), minute('10:01', 0, 0)];
  expect(hourInWords(quiet)).toMatch(/^Nothing was sold/);
  const busy = [...quiet, minute('10:02', 3, 0), minute('10:03', 1, 1)];
  expect(hourInWords(busy)).toMatch(
    /^4 units sold and 1 unit expired in the last hour\. Most were sold at \d\d:02: 3\.$/,
  );
  expect(busyMinutes(busy)).toHaveLength(2);
});

it('what may change follows the phase of the sale', () => {
  expect(locksOf({ phase: 'upcoming' })).toEqual({ all: false, opened: false, made: true });
  expect(locksOf({ phase: 'sold_out' })).toEqual({ all: false, opened: true, made: true });
  expect(locksOf({ phase: 'closed' })).toEqual({ all: true, opened: true, made: true });
});

it('a field is locked once its setting cannot change any more', () => {
  const stages = [
    NO_LOCKS,
    ...(['upcoming', 'open', 'closed'] as const).map((phase) => locksOf({ phase })),
  ];
  const [no, yes] = [false, true];
  expect(stages.map((locks) => isLocked(locks, 'challenge'))).toEqual([no, yes, yes, yes]);
  expect(stages.map((locks) => isLocked(locks, 'startsAtMs'))).toEqual([no, no, yes, yes]);
  expect(stages.map((locks) => isLocked(locks, 'holdLimit'))).toEqual([no, no, no, yes]);
  expect(stages.map((locks) => isProductLocked(locks, 'amount'))).toEqual([no, no, yes, yes]);
  expect(stages.map((locks) => isProductLocked(locks, 'name'))).toEqual([no, no, no, yes]);
});
