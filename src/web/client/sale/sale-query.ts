import { queryOptions } from '@tanstack/react-query';
import type { ServerClock } from '../../kit/clock/server-clock.ts';
import { type ApiClient, answered } from '../api-client.ts';

/** The query key of a sale. */
export function saleKey(saleId: string) {
  return ['sale', saleId] as const;
}

/** Reads a sale, and the server's time along with it. */
export function saleQuery(open: ApiClient, clock: ServerClock, saleId: string) {
  return queryOptions({
    queryKey: saleKey(saleId),
    queryFn: async () => {
      const sentAtMs = clock.localNow();
      const sale = await answered(open.sales[':saleId'].$get({ param: { saleId } }));
      clock.note(sale.serverTime, sentAtMs);
      return sale;
    },
  });
}
