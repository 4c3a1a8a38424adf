import { Button } from './button.tsx';

/** Loads the next page of a list, where there is one. */
export function MoreButton(props: {
  query: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly fetchNextPage: () => unknown;
  };
  children: string;
}) {
  const { query, children } = props;
  if (!query.hasNextPage) return null;
  return (
    <div>
      <Button look="quiet" busy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
        {children}
      </Button>
    </div>
  );
}
