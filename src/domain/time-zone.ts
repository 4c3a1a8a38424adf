/** Letters that the name of a time zone has at most. */
const LONGEST = 64;

/**
 * Whether a text names a time zone of IANA's list that this runtime knows, such as `Europe/Berlin`.
 * Offsets such as `+02:00`, which Intl takes too, are none: they have no summer time.
 */
export function isTimeZone(text: string): boolean {
  if (text.length > LONGEST || !/^[a-z]/i.test(text)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}
