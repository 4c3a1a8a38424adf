import { useQuery } from '@tanstack/react-query';
import { answered } from '../client/api-client.ts';
import { useServerClock } from '../kit/clock/use-server-clock.ts';
import { useServices } from './services.ts';

/** The configuration of this shop. */
export function useConfig() {
  const { open } = useServices();
  const clock = useServerClock();
  return useQuery({
    queryKey: ['config'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      const sentAtMs = clock.localNow();
      const config = await answered(open.config.$get());
      clock.note(config.serverTime, sentAtMs);
      return config;
    },
  });
}
