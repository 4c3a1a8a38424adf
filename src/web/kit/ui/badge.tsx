import './badge.css';
import type { ReactNode } from 'react';

/** The meaning of a colour. */
export type Tone = 'good' | 'plain' | 'caution' | 'bad';

/** A short label for a state. */
export function Badge({ tone = 'plain', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span className="badge" data-tone={tone}>
      {children}
    </span>
  );
}
