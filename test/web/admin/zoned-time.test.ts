import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import {
  bothOf,
  nextHour,
  offsetInWords,
  readTyped,
  typedIn,
  zoneInWords,
} from '../../../src/web/admin/rules/zoned-time.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Zones with summer time in either hemisphere, of half an hour, with odd offsets, and without. */
const ZONES = [
  ...['UTC', 'Europe/Berlin', 'America/New_York', 'America/St_Johns', 'Australia/Lord_Howe'],
  ...['Asia/Kathmandu', 'Pacific/Apia', 'America/Santiago', 'Africa/Casablanca', 'Asia/Tokyo'],
];
const once = (text: string) => ({ text, isSecond: false });

it('any moment comes back as it was, whatever the zone and the hour', () => {
  const seconds = fc.integer({
    min: Date.parse('2000-01-01T00:00:00Z') / 1_000,
    max: Date.parse('2060-01-01T00:00:00Z') / 1_000,
  });
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), seconds, (zone, second) => {
      const at = new Date(second * 1_000);
      expect(readTyped(zone, typedIn(zone, at))).toEqual({ value: at });
    }),
    { numRuns: 500 },
  );
});

it('any moment around a switch of the clocks comes back as it was', () => {
  // By the minute, half a day around each switch of 2026 in these zones.
  const switches = [
    ['Europe/Berlin', '2026-03-29T01:00:00Z'],
    ['Europe/Berlin', '2026-10-25T01:00:00Z'],
    ['America/New_York', '2026-11-01T06:00:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
  ] as const;
  fc.assert(
    fc.property(
      fc.constantFrom(...switches),
      fc.integer({ min: -360, max: 360 }),
      ([zone, time], minutes) => {
        const at = new Date(Date.parse(time) + minutes * 60_000);
        expect(readTyped(zone, typedIn(zone, at))).toEqual({ value: at });
      },
    ),
    { numRuns: 500 },
  );
});

it('is typed by the clocks of the zone, with seconds where there are some', () => {
  expect(typedIn('Europe/Berlin', new Date('2026-07-01T10:30:00Z'))).toEqual(
    once('2026-07-01T12:30'),
  );
  expect(typedIn('Asia/Kathmandu', new Date('2026-01-01T10:30:07.500Z'))).toEqual(
    once('2026-01-01T16:15:07'),
  );
});

it('of the hour that comes twice, the one that is chosen is meant', () => {
  const [first, second] = [new Date('2026-10-25T00:30:00Z'), new Date('2026-10-25T01:30:00Z')];
  const text = '2026-10-25T02:30';
  expect(bothOf('Europe/Berlin', text)).toEqual([first, second]);
  expect(readTyped('Europe/Berlin', { text, isSecond: false })).toEqual({ value: first });
  expect(readTyped('Europe/Berlin', { text, isSecond: true })).toEqual({ value: second });
  expect(typedIn('Europe/Berlin', second)).toEqual({ text, isSecond: true });
  expect(offsetInWords('Europe/Berlin', first)).toBe('GMT+2');
  expect(offsetInWords('Europe/Berlin', second)).toBe('GMT+1');
  for (const other of ['2026-10-25T01:59', '2026-10-25T03:00', '2026-03-29T02:30', '']) {
    expect(bothOf('Europe/Berlin', other)).toBeUndefined();
  }
  expect(bothOf('UTC', text)).toBeUndefined();
});

it('an hour that the clocks skip is refused, and the zone is named', () => {
  expect(readTyped('Europe/Berlin', once('2026-03-29T02:30'))).toEqual({
    problem: 'There is no such time in Europe/Berlin: the clocks go forward then.',
  });
  expect(readTyped('Europe/Berlin', once('2026-03-29T03:00'))).toEqual({
    value: new Date('2026-03-29T01:00:00Z'),
  });
  // A day that was skipped.
  expect(readTyped('Pacific/Apia', once('2011-12-30T12:00'))).toHaveProperty('problem');
});

it.each(['', 'tomorrow', '2026-13-01T00:00', '2026-07-01', '2026-07-01T10:00Z'])(
  '"%s" is refused',
  (text) => {
    expect(readTyped('UTC', once(text))).toHaveProperty('problem');
  },
);

it('the zone is that of the time of year', () => {
  const words = (time: string) => zoneInWords('Europe/Berlin', new Date(time));
  expect(words('2026-07-01T00:00:00Z')).toBe('Europe/Berlin, GMT+2');
  expect(words('2026-01-01T00:00:00Z')).toBe('Europe/Berlin, GMT+1');
});

it('the next hour leaves half an hour at least', () => {
  vi.stubEnv('TZ', 'Europe/Berlin');
  const next = (time: string) => nextHour(new Date(`2026-07-01T${time}Z`)).toISOString();
  expect(next('10:29:00')).toBe('2026-07-01T11:00:00.000Z');
  expect(next('10:31:00')).toBe('2026-07-01T12:00:00.000Z');
});
