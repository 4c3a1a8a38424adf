import { isTimeZone } from '../../domain/time-zone.ts';

const NUMBER = new Intl.NumberFormat('en');
const DAY = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' });
const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const MOMENT_PARTS = {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
} as const;
const MOMENT = new Intl.DateTimeFormat('en-GB', MOMENT_PARTS);
const DATED = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
const EXACT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long' });

/** A number with thousands separators. */
export function formatNumber(value: number): string {
  return NUMBER.format(value);
}

/** A moment in the reader's time zone: "Sat 22 Nov, 16:43". */
export function formatMoment(time: string): string {
  return MOMENT.format(new Date(time));
}

/**
 * A moment of a sale, in the sale's time zone; the reader's own time beside it where that differs:
 * "Sat 22 Nov, 16:43 CET (10:43 your time)".
 *
 * @param timeZone the sale's, of IANA's list
 * @param ownZone the reader's; the browser's when left out
 */
export function formatInZone(time: string, timeZone: string, ownZone?: string): string {
  const at = new Date(time);
  // A zone may be newer than the browser.
  const zone = isTimeZone(timeZone) ? timeZone : 'UTC';
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { ...MOMENT_PARTS, ...options }).format(at);
  const there = format({ timeZone: zone });
  const shown = format({ timeZone: zone, timeZoneName: 'short' });
  const here = format(ownZone === undefined ? {} : { timeZone: ownZone });
  if (here === there) return shown;
  const minute = here.slice(-'16:43'.length);
  const isSameDay = here.slice(0, -minute.length) === there.slice(0, -minute.length);
  return `${shown} (${isSameDay ? minute : here} your time)`;
}

/** A moment with its year, for history: "22 Nov 2026, 16:43". */
export function formatDated(time: string): string {
  return DATED.format(new Date(time));
}

/** A moment to the second, with its time zone. */
export function formatExactly(time: string): string {
  return EXACT.format(new Date(time));
}

/** A day with a time: "Friday 21 November at 16:43". */
export function formatDayAndTime(atMs: number): string {
  return `${DAY.format(atMs)} at ${TIME.format(atMs)}`;
}

/** `1 ticket`, `2 tickets`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${formatNumber(value)} ${value === 1 ? one : many}`;
}
