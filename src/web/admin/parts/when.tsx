import { formatDated, formatExactly } from '../../kit/format.ts';

/** A moment in the local time of whoever looks; the exact one when pointed at. */
export function When({ at }: { at: string }) {
  return (
    <time dateTime={at} title={formatExactly(at)} className="digits">
      {formatDated(at)}
    </time>
  );
}
