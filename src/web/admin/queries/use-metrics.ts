import { useQuery } from '@tanstack/react-query';
import { answered } from '../../client/api-client.ts';
import { useServices } from '../../session/services.ts';
import { KEYS } from './keys.ts';

const ALL_SALES_POLL_MS = 4_000;
const SALE_POLL_MS = 2_000;

/** The metrics of all sales. */
export function useMetrics() {
  const { own } = useServices();
  return useQuery({
    queryKey: KEYS.metrics,
    queryFn: () => answered(own.admin.metrics.$get()),
    refetchInterval: ALL_SALES_POLL_MS,
  });
}

/** The metrics of one sale. */
export function useSaleMetrics(saleId: string) {
  const { own } = useServices();
  return useQuery({
    queryKey: KEYS.saleMetrics(saleId),
    queryFn: () => answered(own.admin.sales[':saleId'].metrics.$get({ param: { saleId } })),
    refetchInterval: SALE_POLL_MS,
  });
}
