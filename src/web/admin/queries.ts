import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { answered } from '../client/api-client.ts';
import { useServices } from '../session/services.ts';
import { saleKey } from '../shop/sale/sale-query.ts';

/** How often numbers that live are asked for again, in ms. */
const NUMBERS_MS = 2_000;
const LIST_MS = 4_000;

/** Names under which the control room keeps what it has read. */
export const KEYS = {
  sales: ['admin', 'sales'],
  metrics: ['admin', 'metrics'],
  sale: saleKey,
  saleMetrics: (saleId: string) => ['admin', 'sale-metrics', saleId],
  orders: (saleId: string) => ['admin', 'orders', saleId],
  webhooks: (saleId: string) => ['admin', 'webhooks', saleId],
  deliveries: (webhookId: string) => ['admin', 'deliveries', webhookId],
  trail: ['admin', 'trail'],
} as const;

/** All sales, newest first, a page at a time. */
export function useSales() {
  const { open } = useServices();
  return useInfiniteQuery({
    queryKey: KEYS.sales,
    queryFn: ({ pageParam: cursor }) =>
      answered(open.sales.$get({ query: cursor === undefined ? {} : { cursor } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: LIST_MS,
  });
}

/** What happened in all sales. */
export function useMetrics() {
  const { own } = useServices();
  return useQuery({
    queryKey: KEYS.metrics,
    queryFn: () => answered(own.admin.metrics.$get()),
    refetchInterval: LIST_MS,
  });
}

/** What happened in a sale. */
export function useSaleMetrics(saleId: string) {
  const { own } = useServices();
  return useQuery({
    queryKey: KEYS.saleMetrics(saleId),
    queryFn: () => answered(own.admin.sales[':saleId'].metrics.$get({ param: { saleId } })),
    refetchInterval: NUMBERS_MS,
  });
}
