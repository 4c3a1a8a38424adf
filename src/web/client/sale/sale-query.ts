import { queryOptions } from '@tanstack/react-query';
import type { ServerClock } from '../../kit/clock/server-clock.ts';
import { type ApiClient, answered } from '../api-client.ts';

/** Where a sale is kept among the queries. */
export function saleKey(saleId: string) {
  return ['sale', saleId] as const;
}

/** Asks for a sale, and for the server's time with it. */
export function saleQuery(open: ApiClient, clock: ServerClock, saleId: string) {
  return queryOptions({
    queryKey: saleKey(saleId),
    queryFn: async () => {
      const sentAtMs = clock.here();
      const sale = await answered(open.sales[':saleId'].$get({ param: { saleId } }));
      clock.note(sale.serverTime, sentAtMs);
      return sale;
    },
  });
}
