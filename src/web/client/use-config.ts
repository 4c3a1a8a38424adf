import { useQuery } from '@tanstack/react-query';
import { useServices } from '../session/services.ts';
import { answered } from './api-client.ts';

/** How this shop is set up. */
export function useConfig() {
  const { open, clock } = useServices();
  return useQuery({
    queryKey: ['config'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      const sentAtMs = clock.here();
      const config = await answered(open.config.$get());
      clock.note(config.serverTime, sentAtMs);
      return config;
    },
  });
}
