import { queryOptions } from '@tanstack/react-query';
import { answered } from '../../client/api-client.ts';
import type { Services } from '../../session/services.ts';

/** Where a sale is kept among the queries. */
export function saleKey(saleId: string) {
  return ['sale', saleId] as const;
}

/** Asks for a sale, and for the server's time with it. */
export function saleQuery({ open, clock }: Services, saleId: string) {
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
