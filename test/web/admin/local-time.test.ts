import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  asLocalInput,
  nextHour,
  readLocalInput,
  zoneInWords,
} from '../../../src/web/admin/rules/local-time.ts';

beforeEach(() => {
  vi.stubEnv('TZ', 'Europe/Berlin');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

it('a moment is shown by the local clock, and read back as the same', () => {
  const at = new Date('2026-07-01T10:30:00Z');
  expect(asLocalInput(at)).toBe('2026-07-01T12:30');
  expect(readLocalInput('2026-07-01T12:30')).toEqual({ value: at });
});

it('seconds are shown where there are some', () => {
  expect(asLocalInput(new Date('2026-01-01T10:30:07.500Z'))).toBe('2026-01-01T11:30:07');
});

it('an hour skipped by the clocks is refused', () => {
  expect(readLocalInput('2026-03-29T02:30')).toEqual({
    problem: expect.stringContaining('go forward'),
  });
  expect(readLocalInput('2026-03-29T03:30')).toEqual({ value: new Date('2026-03-29T01:30:00Z') });
});

it.each(['', 'tomorrow', '2026-13-01T00:00'])('"%s" is refused', (text) => {
  expect(readLocalInput(text)).toHaveProperty('problem');
});

it('the zone is that of the time of year', () => {
  expect(zoneInWords(new Date('2026-07-01T00:00:00Z'))).toBe('Europe/Berlin, GMT+2');
  expect(zoneInWords(new Date('2026-01-01T00:00:00Z'))).toBe('Europe/Berlin, GMT+1');
});

it('the next hour leaves half an hour at least', () => {
  const next = (time: string) => nextHour(new Date(`2026-07-01T${time}Z`)).toISOString();
  expect(next('10:29:00')).toBe('2026-07-01T11:00:00.000Z');
  expect(next('10:31:00')).toBe('2026-07-01T12:00:00.000Z');
});
