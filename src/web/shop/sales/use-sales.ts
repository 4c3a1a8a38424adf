import { useQuery } from '@tanstack/react-query';
import { answered } from '../../client/api-client.ts';
import { useServerClock } from '../../kit/clock/use-server-clock.ts';
import { useServices } from '../../session/services.ts';

const POLL_MS = 4_000;

/** All sales with their stock, polled every few seconds. */
export function useSales() {
  const { open } = useServices();
  const clock = useServerClock();
  return useQuery({
    queryKey: ['sales'],
    refetchInterval: POLL_MS,
    queryFn: async () => {
      const sentAtMs = clock.localNow();
      const { items } = await answered(open.sales.$get({ query: { limit: 100 } }));
      const [first] = items;
      if (first !== undefined) clock.note(first.serverTime, sentAtMs);
      return items;
    },
  });
}
