import { useQuery } from '@tanstack/react-query';
import type { SaleView } from '../../../api/schemas/sale.ts';
import { useServices } from '../../session/services.ts';
import { saleQuery } from './sale-query.ts';

/** The sale that something belongs to, as it was a while ago: for its name and its rules. */
export function useSaleOf(saleId: string | undefined): SaleView | undefined {
  const services = useServices();
  const { data } = useQuery({
    ...saleQuery(services, saleId ?? ''),
    enabled: saleId !== undefined,
    staleTime: 30_000,
  });
  return data;
}
