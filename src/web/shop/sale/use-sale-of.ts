import { useQuery } from '@tanstack/react-query';
import type { SaleView } from '../../../api/schemas/sale.ts';
import { saleQuery } from '../../client/sale/sale-query.ts';
import { useServerClock } from '../../kit/clock/use-server-clock.ts';
import { useServices } from '../../session/services.ts';

/** The sale of a ticket or order, possibly stale: for its name and rules. */
export function useSaleOf(saleId: string | undefined): SaleView | undefined {
  const { open } = useServices();
  const clock = useServerClock();
  const { data } = useQuery({
    ...saleQuery(open, clock, saleId ?? ''),
    enabled: saleId !== undefined,
    staleTime: 30_000,
  });
  return data;
}
