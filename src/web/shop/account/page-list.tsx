import type { ReactNode } from 'react';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { MoreButton } from '../../kit/ui/more-button.tsx';
import { Skeleton } from '../../kit/ui/skeleton.tsx';
import type { usePages } from './use-pages.ts';

/** A paginated list. */
export function PageList<T>(props: {
  pages: ReturnType<typeof usePages<T>>;
  empty: string;
  children: (item: T) => ReactNode;
}) {
  const { pages, empty, children } = props;
  const { items, error, failureReason } = pages;
  if (items === undefined) {
    return failureReason === null ? (
      <Skeleton height="6rem" />
    ) : (
      <ProblemNotice error={error ?? failureReason} retrying={error === null} />
    );
  }
  if (items.length === 0) return <p className="soft">{empty}</p>;
  return (
    <>
      <ul className="account-list">{items.map(children)}</ul>
      <MoreButton query={pages}>Show more</MoreButton>
    </>
  );
}
