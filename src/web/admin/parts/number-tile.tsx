import './number-tile.css';
import type { ReactNode } from 'react';
import { formatNumber } from '../../kit/format.ts';

/** A number and what it counts; inside a {@link NumberTiles}. */
export function NumberTile(props: {
  label: string;
  value: ReactNode;
  note?: ReactNode;
  tone?: 'plain' | 'good' | 'caution' | 'bad';
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

/** Numbers in a grid whose cells stay where they are, however the numbers grow. */
export function NumberTiles({ children }: { children: ReactNode }) {
  return <dl className="number-tiles">{children}</dl>;
}

/** A count with its thousands set apart; a dash while it is not known. */
export function count(value: number | undefined): string {
  return value === undefined ? '–' : formatNumber(value);
}
