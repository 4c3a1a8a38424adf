import { counted, formatNumber } from '../../kit/format.ts';

/** Units sold and units whose hold expired in one minute. */
export interface Minute {
  readonly minute: string;
  readonly sold: number;
  readonly expired: number;
}

/** The last hour in one sentence: the text alternative of the chart. */
export function hourInWords(minutes: readonly Minute[]): string {
  const sold = sum(minutes, 'sold');
  const expired = sum(minutes, 'expired');
  if (sold === 0 && expired === 0) return 'Nothing was sold and no hold expired in the last hour.';
  const best = minutes.reduce((one, other) => (other.sold > one.sold ? other : one));
  const peak =
    sold === 0 ? '' : ` Most were sold at ${clockTime(best.minute)}: ${formatNumber(best.sold)}.`;
  const all = `${counted(sold, 'unit')} sold and ${counted(expired, 'unit')} expired`;
  return `${all} in the last hour.${peak}`;
}

/** The minutes with any activity. */
export function busyMinutes(minutes: readonly Minute[]): Minute[] {
  return minutes.filter(({ sold, expired }) => sold > 0 || expired > 0);
}

/** A minute as local wall-clock time. */
export function clockTime(minute: string): string {
  const date = new Date(minute);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

function sum(minutes: readonly Minute[], what: 'sold' | 'expired'): number {
  return minutes.reduce((all, minute) => all + minute[what], 0);
}
