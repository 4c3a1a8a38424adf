import { expect, it } from 'vitest';
import {
  type Mark,
  paceInWords,
  paceOf,
  pacesOf,
  withMark,
} from '../../../src/web/admin/rules/pace.ts';

const after = (...marks: [seconds: number, decided: number][]): readonly Mark[] =>
  marks.reduce<readonly Mark[]>(
    (known, [seconds, decided]) => withMark(known, { atMs: seconds * 1_000, decided }),
    [],
  );

it('the pace is that of the last five seconds', () => {
  expect(paceOf(after([0, 0], [1, 1_000], [5, 1_000], [6, 1_050], [10, 1_100]))).toBe(20);
});

it('one mark gives no pace, nor do two of the same moment', () => {
  expect(paceOf(after())).toBeUndefined();
  expect(paceOf(after([1, 5]))).toBeUndefined();
  expect(paceOf(after([1, 5], [1, 9]))).toBeUndefined();
});

it('an idle line comes down to zero', () => {
  expect(paceOf(after([0, 0], [1, 500], [3, 500], [6, 500], [7, 500]))).toBe(0);
});

it('a lower position starts over', () => {
  expect(after([0, 100], [1, 3])).toEqual([{ atMs: 1_000, decided: 3 }]);
});

it('marks are kept for a minute, and the curve has one point for each two', () => {
  const marks = after([0, 0], [1, 10], [50, 10], [61, 21]);
  expect(marks.map(({ atMs }) => atMs)).toEqual([1_000, 50_000, 61_000]);
  expect(pacesOf(marks)).toEqual([
    { atMs: 50_000, pace: 0 },
    { atMs: 61_000, pace: 1 },
  ]);
});

it('a slow pace is shown more exactly than a fast one', () => {
  expect([undefined, 0, 0.25, 9.96, 1_234.5].map(paceInWords)).toEqual([
    ...['–', '0', '0.3', '10.0', '1,235'],
  ]);
});
