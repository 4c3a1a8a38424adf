import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { OrderView } from '../../../api/schemas/order.ts';
import { answered } from '../../client/api-client.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { Button } from '../../kit/ui/button.tsx';
import { ConfirmDialog } from '../../kit/ui/confirm-dialog.tsx';
import { useServices } from '../../session/services.ts';
import { orderKey } from './use-order.ts';

/** Releases a hold, after asking. */
export function GiveBack({ order }: { order: OrderView }) {
  const { ofOrder } = useServices();
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      answered(ofOrder(order.id).orders[':orderId'].cancel.$post({ param: { orderId: order.id } })),
    onSuccess: () => {
      setAsking(false);
      return queries.invalidateQueries({ queryKey: orderKey(order.id) });
    },
  });
  return (
    <div>
      <Button look="quiet" onClick={() => setAsking(true)}>
        Give it back
      </Button>
      <ConfirmDialog
        open={isAsking}
        title="Give it back?"
        keep="Keep it"
        confirm="Give it back"
        busy={isPending}
        problem={<ProblemNotice error={error} />}
        onKeep={() => setAsking(false)}
        onConfirm={() => mutate()}
      >
        Others can have it then. Nothing is charged.
      </ConfirmDialog>
    </div>
  );
}
