import { expect, it } from 'vitest';
import { FloodGate } from '../../src/process/flood-gate.ts';

it('lets so many of a key and so many of all pass, in each window anew', () => {
  let nowMs = 60_000;
  const gate = new FloodGate({ perKey: 2, total: 3, windowMs: 1_000 }, () => nowMs);
  const passed = (keys: string) => [...keys].filter((key) => gate.pass(key)).join('');
  expect(passed('aaab')).toBe('aab');
  expect(passed('bcd')).toBe('');
  nowMs += 999;
  expect(passed('c')).toBe('');
  nowMs += 1;
  expect(passed('aaabc')).toBe('aab');
});
