import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Journal, TrackedMap } from '../../../stand-in/stripe/journal.ts';
import { makeTempDir } from '../../support/temp-dir.ts';

function open(file: string) {
  const maps = { a: new TrackedMap<number>(), b: new TrackedMap<{ n: number }>() };
  return { ...maps, journal: new Journal(file, maps) };
}
const linesOf = (file: string) => readFileSync(file, 'utf8').split('\n').slice(0, -1);

test('Saved values are restored in order, deleted ones are not', () => {
  const file = join(makeTempDir(), 'state.jsonl');
  const { a, b, journal } = open(file);
  for (const n of [1, 2, 3]) a.set(`k${n}`, n);
  b.set('x', { n: 1 });
  journal.save();
  a.set('k1', 10);
  a.delete('k2');
  journal.save();
  const again = open(file);
  expect([...again.a]).toEqual([
    ['k1', 10],
    ['k3', 3],
  ]);
  expect([...again.b]).toEqual([['x', { n: 1 }]]);
  expect(linesOf(file)).toHaveLength(3); // rewritten, without replaced values
});

test('Saving writes what has changed, however much there is', () => {
  const file = join(makeTempDir(), 'state.jsonl');
  const { a, journal } = open(file);
  for (let n = 0; n < 1_000; n++) a.set(`k${n}`, n);
  journal.save();
  a.set('k7', 0);
  journal.save();
  journal.save();
  expect(linesOf(file)).toHaveLength(1_001);
});

test('A line that a killed process did not finish is left out', () => {
  const file = join(makeTempDir(), 'state.jsonl');
  const { a, journal } = open(file);
  a.set('k', 1);
  journal.save();
  appendFileSync(file, '{"map":"a","key":"to');
  const again = open(file);
  again.a.set('l', 2);
  again.journal.save();
  expect([...open(file).a.keys()]).toEqual(['k', 'l']);
});
