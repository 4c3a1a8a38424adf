import type { Read } from './read-number.ts';

/** A moment as the value of an input of type `datetime-local`, in the browser's time zone. */
export function asLocalInput(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  return at.getSeconds() === 0 ? `${day}T${time}` : `${day}T${time}:${two(at.getSeconds())}`;
}

/** Parses the value of such an input into a moment. */
export function readLocalInput(text: string): Read<Date> {
  if (text === '') return { problem: 'Choose a date and a time.' };
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return { problem: 'This is not a date and time.' };
  // The hour skipped by a switch to summer time does not exist; Date would move it an hour ahead.
  const shown = asLocalInput(at);
  if (shown.slice(0, 16) !== text.slice(0, 16)) {
    return { problem: 'There is no such time: the clocks go forward then.' };
  }
  return { value: at };
}

/** The time zone that times are shown in at a given moment, such as "Europe/Berlin, GMT+2". */
export function zoneInWords(at: Date): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const offset = new Intl.DateTimeFormat('en', { timeZoneName: 'shortOffset' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value;
  return offset === undefined ? timeZone : `${timeZone}, ${offset}`;
}

/** The next full hour at least half an hour from now. */
export function nextHour(now: Date): Date {
  const at = new Date(now.getTime() + 90 * 60_000);
  at.setMinutes(0, 0, 0);
  return at;
}
