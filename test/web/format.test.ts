import { expect, it } from 'vitest';
import { formatInZone } from '../../src/web/kit/format.ts';

const AT = '2026-11-21T15:43:00Z';

it.each([
  ['UTC', 'UTC', 'Sat 21 Nov, 15:43 UTC'],
  ['Europe/Berlin', 'Europe/Berlin', 'Sat 21 Nov, 16:43 CET'],
  // Another zone with the same clocks is not told apart.
  ['Europe/Berlin', 'Europe/Paris', 'Sat 21 Nov, 16:43 CET'],
  ['Europe/Berlin', 'America/New_York', 'Sat 21 Nov, 16:43 CET (10:43 your time)'],
  ['America/New_York', 'Asia/Tokyo', 'Sat 21 Nov, 10:43 GMT-5 (Sun 22 Nov, 00:43 your time)'],
])('a moment of a sale in %s, read in %s', (zone, own, words) => {
  expect(formatInZone(AT, zone, own)).toBe(words);
});

it('a zone that this browser does not know yet is told in UTC', () => {
  expect(formatInZone(AT, 'Europe/Atlantis', 'UTC')).toBe('Sat 21 Nov, 15:43 UTC');
});
