import { describe, expect, it } from 'vitest';
import {
  asClock,
  cut,
  estimateInWords,
  inWords,
  spokenRemaining,
} from '../../src/web/kit/clock/durations.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe('a duration', () => {
  it('counts a started second as whole, and nothing below 0', () => {
    expect(cut(DAY + 61_000)).toEqual({ days: 1, hours: 0, minutes: 1, seconds: 1 });
    expect(cut(1)).toEqual({ days: 0, hours: 0, minutes: 0, seconds: 1 });
    expect(cut(-5_000)).toEqual({ days: 0, hours: 0, minutes: 0, seconds: 0 });
  });

  it.each([
    [0, '0:00'],
    [59_001, '1:00'],
    [119_000, '1:59'],
    [3_723_000, '1:02:03'],
    [25 * 60 * MINUTE, '25:00:00'],
  ])('of %i ms is %s on a clock', (ms, clock) => {
    expect(asClock(ms)).toBe(clock);
  });

  it.each([
    [0, 'no time'],
    [1_000, '1 second'],
    [125_000, '2 minutes and 5 seconds'],
    [60 * MINUTE, '1 hour'],
    [2 * DAY + 3 * 60 * MINUTE + 1_000, '2 days and 3 hours'],
  ])('of %i ms is "%s" in words', (ms, words) => {
    expect(inWords(ms)).toBe(words);
  });
});

it('an estimate is rounded, and undefined where it is unknown', () => {
  const words = [0, 30, 60, 150, 3_600, 7_300].map((seconds) => estimateInWords(seconds));
  expect(words).toEqual([
    'any moment now',
    'less than a minute',
    'about a minute',
    'about 3 minutes',
    'about an hour',
    'about 2 hours',
  ]);
  expect(estimateInWords(undefined)).toBeUndefined();
});

it('the remaining time is announced rarely: ten minutes make thirteen announcements', () => {
  const said = new Set<string>();
  for (let ms = 10 * MINUTE; ms >= 0; ms -= 1_000) said.add(spokenRemaining(ms));
  expect(said.size).toBe(13);
  expect(spokenRemaining(119_000)).toBe('Less than 2 minutes left');
  expect(spokenRemaining(-1)).toBe('Time is up');
});
