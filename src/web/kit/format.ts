const NUMBER = new Intl.NumberFormat('en');
const DAY = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' });
const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const MOMENT = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
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
