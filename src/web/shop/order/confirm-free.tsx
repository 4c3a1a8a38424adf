import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { OrderView } from '../../../api/schemas/order.ts';
import { answered } from '../../client/api-client.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { Button } from '../../kit/ui/button.tsx';
import { useServices } from '../../session/services.ts';
import { orderKey } from './use-order.ts';

/** The button that buys a held order which costs nothing. */
export function ConfirmFree({ order }: { order: OrderView }) {
  const { ofOrder } = useServices();
  const queries = useQueryClient();
  const { mutate, isPending, error, failureReason } = useMutation({
    mutationFn: () =>
      answered(
        ofOrder(order.id).orders[':orderId'].confirm.$post({ param: { orderId: order.id } }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: orderKey(order.id) }),
  });
  return (
    <div className="stack">
      <ProblemNotice error={error ?? failureReason} retrying={isPending} />
      <Button size="l" wide busy={isPending} onClick={() => mutate()}>
        Confirm
      </Button>
    </div>
  );
}
