import './badge.css';
import type { ReactNode } from 'react';

/** What a badge says by its colour too. */
export type Tone = 'good' | 'plain' | 'caution' | 'bad';

/** A word on the state of something. */
export function Badge({ tone = 'plain', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span className="badge" data-tone={tone}>
      {children}
    </span>
  );
}
