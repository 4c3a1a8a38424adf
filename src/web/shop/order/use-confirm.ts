import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Confirmation } from './confirm-payment.ts';
import { orderKey } from './use-order.ts';

/**
 * Confirms the payment of an order in the way that `mutate` is given, and tells the page what came
 * of it. A repeat is made in the same way, whatever has been typed meanwhile.
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
