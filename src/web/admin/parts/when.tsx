import { formatDated, formatExactly, formatInZone } from '../../kit/format.ts';

/**
 * A moment in the reader's local time, or in a sale's time zone with the reader's own beside it;
 * the exact time on hover.
 */
export function When({ at, timeZone }: { at: string; timeZone?: string }) {
  return (
    <time dateTime={at} title={formatExactly(at)} className="digits">
      {timeZone === undefined ? formatDated(at) : formatInZone(at, timeZone)}
    </time>
  );
}
