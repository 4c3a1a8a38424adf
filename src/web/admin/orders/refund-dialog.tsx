import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { AdminOrderView } from '../../../api/schemas/order.ts';
import { formatPrice } from '../../../domain/price.ts';
import { answered } from '../../client/api-client.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { ConfirmDialog } from '../../kit/ui/confirm-dialog.tsx';
import { useToast } from '../../kit/ui/toast.tsx';
import { useServices } from '../../session/services.ts';
import { Choice } from '../parts/choice.tsx';
import { KEYS } from '../queries/keys.ts';

/** Refunds an order, after asking whether its units go back on sale. */
export function RefundDialog(props: { order: AdminOrderView; open: boolean; onClose: () => void }) {
  const { order, open, onClose } = props;
  const [restock, setRestock] = useState(true);
  const words = wordsOf(order);
  const refund = useRefund(order, words, onClose);
  const units = order.items.reduce((sum, { quantity }) => sum + quantity, 0);
  return (
    <ConfirmDialog
      open={open}
      title={`${words.act}?`}
      keep={words.keep}
      confirm={words.act}
      busy={refund.isPending}
      problem={<ProblemNotice error={refund.error ?? refund.failureReason} />}
      onKeep={onClose}
      onConfirm={() => refund.mutate(restock)}
    >
      <div className="stack">
        <p>{words.help}</p>
        <fieldset className="stack-tight">
          <legend className="admin-order-legend">
            {units === 1 ? 'Its unit' : `Its ${units} units`}
          </legend>
          <Choice
            type="radio"
            name="restock"
            label="Back on sale"
            hint="Offered to the waitlist first, where there is one."
            checked={restock}
            onChange={() => setRestock(true)}
          />
          <Choice
            type="radio"
            name="restock"
            label="Gone for good"
            hint="The product then has fewer units in total."
            checked={!restock}
            onChange={() => setRestock(false)}
          />
        </fieldset>
      </div>
    </ConfirmDialog>
  );
}

interface Words {
  readonly act: string;
  readonly keep: string;
  readonly help: string;
  readonly done: string;
  readonly underway: string;
}

function wordsOf({ amount, currency }: AdminOrderView): Words {
  if (amount === 0) {
    const done = 'The order was taken back.';
    return {
      ...{ act: 'Take the order back', keep: 'Leave it', done, underway: done },
      help: 'The buyer loses the order, and gets an e-mail about it. This cannot be undone.',
    };
  }
  const price = formatPrice(amount, currency);
  return {
    act: `Refund ${price}`,
    keep: 'Keep the payment',
    help: 'The buyer gets the money back, and an e-mail about it. This cannot be undone.',
    done: `${price} was refunded.`,
    underway: `${price} is being refunded: it is retried until it succeeds.`,
  };
}

/** Safe to repeat: a second refund changes nothing. */
function useRefund({ id, saleId }: AdminOrderView, words: Words, onDone: () => void) {
  const { own } = useServices();
  const queries = useQueryClient();
  const toast = useToast();
  return useMutation({
    mutationFn: (restock: boolean) => {
      const param = { orderId: id };
      return answered(own.admin.orders[':orderId'].refund.$post({ param, json: { restock } }));
    },
    onSuccess: ({ status }) => {
      toast(status === 'refunded' ? words.done : words.underway);
      onDone();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: KEYS.orders(saleId) }),
  });
}
