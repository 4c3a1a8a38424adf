import { useInfiniteQuery } from '@tanstack/react-query';
import { useSession } from '../../session/services.ts';

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string | undefined;
}

/**
 * A paginated list of the current user.
 *
 * @param read reads the page after a cursor, the first one without
 */
export function usePages<T>(name: string, read: (cursor: string | undefined) => Promise<Page<T>>) {
  const buyer = useSession()?.user.id;
  const query = useInfiniteQuery({
    queryKey: [name, buyer],
    queryFn: ({ pageParam }) => read(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
  const items = query.data?.pages.flatMap((page) => page.items);
  return { ...query, items };
}
