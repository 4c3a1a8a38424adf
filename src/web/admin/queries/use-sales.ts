import { useInfiniteQuery } from '@tanstack/react-query';
import { answered } from '../../client/api-client.ts';
import { useServices } from '../../session/services.ts';
import { KEYS } from './keys.ts';

const POLL_MS = 4_000;

/** All sales, newest first, page by page. */
export function useSales() {
  const { open } = useServices();
  return useInfiniteQuery({
    queryKey: KEYS.sales,
    queryFn: ({ pageParam: cursor }) =>
      answered(open.sales.$get({ query: cursor === undefined ? {} : { cursor } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: POLL_MS,
  });
}
