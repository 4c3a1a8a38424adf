import './notice.css';
import type { ReactNode } from 'react';
import { wordsFor } from '../../client/problem-words.ts';
import type { Tone } from './badge.tsx';

/** Something to know before going on. */
export function Notice(props: { tone?: Tone; title?: ReactNode; children?: ReactNode }) {
  const { tone = 'plain', title, children } = props;
  return (
    <div className="notice" data-tone={tone}>
      {title === undefined ? null : <p className="notice-title">{title}</p>}
      {children === undefined ? null : <div>{children}</div>}
    </div>
  );
}

/** An error in words, with what can be done. Nothing where there is none. */
export function ProblemNotice(props: { error: unknown; retrying?: boolean; children?: ReactNode }) {
  const { error, retrying = false, children } = props;
  if (error === null || error === undefined) return <div role="alert" />;
  const { title, help } = wordsFor(error);
  return (
    <div role="alert">
      <Notice tone={retrying ? 'caution' : 'bad'} title={title}>
        {help}
        {children}
      </Notice>
    </div>
  );
}
