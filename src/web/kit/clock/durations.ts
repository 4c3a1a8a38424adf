/** A duration split into the units of a countdown. */
export interface Duration {
  readonly days: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
}

/** Splits ms into days, hours, minutes and seconds; a started second counts as a whole one. */
export function cut(ms: number): Duration {
  const all = Math.max(0, Math.ceil(ms / 1_000));
  return {
    days: Math.floor(all / 86_400),
    hours: Math.floor(all / 3_600) % 24,
    minutes: Math.floor(all / 60) % 60,
    seconds: all % 60,
  };
}

/** A remaining time as `1:59` or `1:02:03`. */
export function asClock(ms: number): string {
  const { days, hours, minutes, seconds } = cut(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const allHours = days * 24 + hours;
  if (allHours > 0) return `${allHours}:${two(minutes)}:${two(seconds)}`;
  return `${minutes}:${two(seconds)}`;
}

/** A duration in its two largest units: "2 minutes and 5 seconds". */
export function inWords(ms: number): string {
  const { days, hours, minutes, seconds } = cut(ms);
  const parts = [
    count(days, 'day'),
    count(hours, 'hour'),
    count(minutes, 'minute'),
    count(seconds, 'second'),
  ];
  const first = parts.findIndex((part) => part !== undefined);
  if (first === -1) return 'no time';
  return parts
    .slice(first, first + 2)
    .filter(Boolean)
    .join(' and ');
}

/** Seconds in words. */
export function secondsInWords(seconds: number): string {
  return inWords(seconds * 1_000);
}

/**
 * An estimate in words, rounded to what it is worth.
 *
 * @param seconds undefined where unknown
 */
export function estimateInWords(seconds: number | undefined): string | undefined {
  if (seconds === undefined) return undefined;
  if (seconds < 5) return 'any moment now';
  if (seconds < 45) return 'less than a minute';
  if (seconds < 90) return 'about a minute';
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `about ${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours === 1 ? 'about an hour' : `about ${hours} hours`;
}

/**
 * The remaining time for screen readers: the text changes only at whole minutes, at 30 and at 10
 * seconds.
 */
export function spokenRemaining(ms: number): string {
  if (ms <= 0) return 'Time is up';
  const seconds = Math.ceil(ms / 1_000);
  if (seconds <= 10) return 'Less than 10 seconds left';
  if (seconds <= 30) return 'Less than 30 seconds left';
  if (seconds <= 60) return 'Less than a minute left';
  return `Less than ${secondsInWords(Math.ceil(seconds / 60) * 60)} left`;
}

function count(value: number, unit: string): string | undefined {
  if (value === 0) return undefined;
  return `${value} ${unit}${value === 1 ? '' : 's'}`;
}
