import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Confirmation } from './confirm-payment.ts';
import { orderKey } from './use-order.ts';

/**
 * Confirms the payment of an order by the given function, and updates the page with the outcome. A
 * retry uses the same input, whatever has been typed meanwhile.
 */
export function useConfirm(orderId: string, onPaying: (isPaying: boolean) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (confirm: () => Promise<Confirmation>) => confirm(),
    onSuccess: ({ kind }) => {
      onPaying(kind === 'confirmed');
      return kind === 'over'
        ? queries.invalidateQueries({ queryKey: orderKey(orderId) })
        : undefined;
    },
  });
}
