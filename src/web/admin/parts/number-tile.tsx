import './number-tile.css';
import type { ReactNode } from 'react';
import { formatNumber } from '../../kit/format.ts';
import type { Tone } from '../../kit/ui/badge.tsx';

/** A number and what it counts; inside a {@link NumberTiles}. */
export function NumberTile(props: {
  label: string;
  value: ReactNode;
  note?: ReactNode;
  tone?: Tone;
}) {
  const { label, value, note, tone = 'plain' } = props;
  return (
    <div className="number-tile" data-tone={tone}>
      <dt>{label}</dt>
      <dd className="number-tile-value digits">{value}</dd>
      {note === undefined ? null : <dd className="number-tile-note">{note}</dd>}
    </div>
  );
}

/** A grid of numbers whose cells keep their place as the numbers grow. */
export function NumberTiles({ children }: { children: ReactNode }) {
  return <dl className="number-tiles">{children}</dl>;
}

/** A count with thousands separators; a dash while it is unknown. */
export function count(value: number | undefined): string {
  return value === undefined ? '–' : formatNumber(value);
}
