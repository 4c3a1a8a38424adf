import { Temporal } from 'temporal-polyfill';
import type { Read } from './read-number.ts';

/**
 * A moment as it is typed: the value of an input of type `datetime-local` in the sale's time zone.
 */
export interface TypedTime {
  readonly text: string;
  /** Of the hour that comes twice when summer time ends: whether the second one is meant. */
  readonly isSecond: boolean;
}

/** A moment as it is typed in a time zone. Parts of a second are left out. */
export function typedIn(timeZone: string, at: Date): TypedTime {
  const instant = Temporal.Instant.fromEpochMilliseconds(Math.floor(at.getTime() / 1_000) * 1_000);
  const zoned = instant.toZonedDateTimeISO(timeZone);
  const plain = zoned.toPlainDateTime();
  const smallestUnit = plain.second === 0 ? 'minute' : 'second';
  const [first, second] = readingsOf(plain, timeZone);
  const isSecond = first !== second && zoned.epochMilliseconds === second;
  return { text: plain.toString({ smallestUnit }), isSecond };
}

/** Parses a typed time in a time zone into a moment. */
export function readTyped(timeZone: string, { text, isSecond }: TypedTime): Read<Date> {
  if (text === '') return { problem: 'Choose a date and a time.' };
  const plain = plainOf(text);
  if (plain === undefined) return { problem: 'This is not a date and time.' };
  const [first, second] = readingsOf(plain, timeZone);
  const shown = Temporal.Instant.fromEpochMilliseconds(first).toZonedDateTimeISO(timeZone);
  if (!shown.toPlainDateTime().equals(plain)) {
    return { problem: `There is no such time in ${timeZone}: the clocks go forward then.` };
  }
  return { value: new Date(isSecond ? second : first) };
}

/**
 * The two moments of a typed time that comes twice in a time zone, as the clocks go back; undefined
 * for any other.
 */
export function bothOf(timeZone: string, text: string): readonly [Date, Date] | undefined {
  const plain = plainOf(text);
  if (plain === undefined || !('value' in readTyped(timeZone, { text, isSecond: false }))) {
    return undefined;
  }
  const [first, second] = readingsOf(plain, timeZone);
  return first === second ? undefined : [new Date(first), new Date(second)];
}

/** A time zone with its offset at a moment, such as "Europe/Berlin, GMT+2". */
export function zoneInWords(timeZone: string, at: Date): string {
  return `${timeZone}, ${offsetInWords(timeZone, at)}`;
}

/** The offset of a time zone at a moment, such as "GMT+2". */
export function offsetInWords(timeZone: string, at: Date): string {
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'shortOffset' });
  const offset = parts.formatToParts(at).find(({ type }) => type === 'timeZoneName');
  return offset?.value ?? timeZone;
}

/** The time zone of this browser. */
export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The next full hour of the browser's clock, at least half an hour from now. */
export function nextHour(now: Date): Date {
  const at = new Date(now.getTime() + 90 * 60_000);
  at.setMinutes(0, 0, 0);
  return at;
}

/** The earlier and the later moment, in ms, that a time can mean: the same but around a switch. */
function readingsOf(plain: Temporal.PlainDateTime, timeZone: string): readonly [number, number] {
  const read = (disambiguation: 'earlier' | 'later') =>
    plain.toZonedDateTime(timeZone, { disambiguation }).epochMilliseconds;
  return [read('earlier'), read('later')];
}

function plainOf(text: string): Temporal.PlainDateTime | undefined {
  // What an input of this type gives; Temporal takes more.
  if (!/^\d{4,6}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(\.\d+)?$/.test(text)) return undefined;
  try {
    return Temporal.PlainDateTime.from(text);
  } catch {
    return undefined;
  }
}
