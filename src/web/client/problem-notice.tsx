import type { ReactNode } from 'react';
import { Notice } from '../kit/ui/notice.tsx';
import { wordsFor } from './problem-words.ts';

/** An error in words, with what to do about it. Empty without an error. */
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
