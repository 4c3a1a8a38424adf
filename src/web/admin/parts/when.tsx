import { formatDated, formatExactly } from '../../kit/format.ts';

/** A moment in the reader's local time; the exact time on hover. */
export function When({ at }: { at: string }) {
  return (
    <time dateTime={at} title={formatExactly(at)} className="digits">
      {formatDated(at)}
    </time>
  );
}
