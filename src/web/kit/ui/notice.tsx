import './notice.css';
import type { ReactNode } from 'react';
import type { Tone } from './badge.tsx';

/** A message that matters before the next step. */
export function Notice(props: { tone?: Tone; title?: ReactNode; children?: ReactNode }) {
  const { tone = 'plain', title, children } = props;
  return (
    <div className="notice" data-tone={tone}>
      {title === undefined ? null : <p className="notice-title">{title}</p>}
      {children === undefined ? null : <div>{children}</div>}
    </div>
  );
}
