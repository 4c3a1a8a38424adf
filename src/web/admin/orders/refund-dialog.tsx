import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { AdminOrderView } from '../../../api/schemas/order.ts';
import { amountAsText } from '../../../domain/price.ts';
import { newKey } from '../../browser/new-key.ts';
import { answered } from '../../client/api-client.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { ConfirmDialog } from '../../kit/ui/confirm-dialog.tsx';
import { Field } from '../../kit/ui/field.tsx';
import { Stepper } from '../../kit/ui/stepper.tsx';
import { useToast } from '../../kit/ui/toast.tsx';
import { useServices } from '../../session/services.ts';
import { Choice } from '../parts/choice.tsx';
import { KEYS } from '../queries/keys.ts';
import { leftOf, type Refund, type RefundDraft, readRefund, refundWords } from '../rules/refund.ts';

/** Refunds an order or a part of it, after asking what becomes of its units. */
export function RefundDialog(props: { order: AdminOrderView; open: boolean; onClose: () => void }) {
  const { order, open, onClose } = props;
  const left = leftOf(order);
  const [draft, setDraft] = useState<RefundDraft>({ restock: true, units: {} });
  const set = (change: Partial<RefundDraft>) => setDraft({ ...draft, ...change });
  const read = readRefund(order, draft);
  const words = refundWords(order, 'value' in read ? read.value.amount : undefined);
  const refund = useRefund(order, () => {
    setDraft({ restock: draft.restock, units: {} });
    onClose();
  });
  const isPart = 'value' in read && read.value.amount !== undefined;
  return (
    <ConfirmDialog
      open={open}
      title={`${words.act}?`}
      keep={words.keep}
      confirm={words.act}
      busy={refund.isPending}
      problem={<ProblemNotice error={refund.error ?? refund.failureReason} />}
      onKeep={onClose}
      onConfirm={() => ('value' in read ? refund.send(read.value) : undefined)}
    >
      <div className="stack">
        <p>{words.help}</p>
        {left.amount === 0 ? null : (
          <Field
            label="Amount"
            inputMode="decimal"
            autoComplete="off"
            value={draft.amount ?? amountAsText(left.amount, order.currency)}
            error={'problem' in read ? read.problem : undefined}
            onChange={({ target }) => set({ amount: target.value })}
          />
        )}
        {isPart ? (
          <fieldset className="stack-tight">
            <legend className="admin-order-legend">Units that go back</legend>
            {left.items.map(({ productId, name, quantity }) => (
              <div key={productId} className="row-apart">
                <span>{name}</span>
                <Stepper
                  label={name}
                  value={draft.units[productId] ?? 0}
                  max={quantity}
                  onChange={(value) => set({ units: { ...draft.units, [productId]: value } })}
                />
              </div>
            ))}
          </fieldset>
        ) : null}
        <Restock
          legend={isPart ? 'They are' : legendOf(left.items)}
          restock={draft.restock}
          onChange={(restock) => set({ restock })}
        />
      </div>
    </ConfirmDialog>
  );
}

function Restock(props: {
  legend: string;
  restock: boolean;
  onChange: (restock: boolean) => void;
}) {
  const { legend, restock, onChange } = props;
  return (
    <fieldset className="stack-tight">
      <legend className="admin-order-legend">{legend}</legend>
      <Choice
        type="radio"
        name="restock"
        label="Back on sale"
        hint="Offered to the waitlist first, where there is one."
        checked={restock}
        onChange={() => onChange(true)}
      />
      <Choice
        type="radio"
        name="restock"
        label="Gone for good"
        hint="The product then has fewer units in total."
        checked={!restock}
        onChange={() => onChange(false)}
      />
    </fieldset>
  );
}

function legendOf(items: ReturnType<typeof leftOf>['items']): string {
  const units = items.reduce((sum, { quantity }) => sum + quantity, 0);
  return units === 1 ? 'Its unit' : `Its ${units} units`;
}

/** One intent keeps one key until it is answered, so a lost answer does not refund a part twice. */
function useRefund(order: AdminOrderView, onDone: () => void) {
  const { own } = useServices();
  const queries = useQueryClient();
  const toast = useToast();
  const known = useRef<{ readonly text: string; readonly key: string }>(undefined);
  const { mutate, ...state } = useMutation({
    mutationFn: ({ refund, key }: { refund: Refund; key: string }) => {
      const header = { 'idempotency-key': key };
      const param = { orderId: order.id };
      return answered(own.admin.orders[':orderId'].refund.$post({ param, header, json: refund }));
    },
    onSuccess: ({ status }, { refund }) => {
      known.current = undefined;
      const { done, underway } = refundWords(order, refund.amount);
      const isDone = status === 'refunded' || refund.amount !== undefined;
      toast(isDone ? done : underway);
      onDone();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: KEYS.orders(order.saleId) }),
  });
  const send = (refund: Refund) => {
    const text = JSON.stringify(refund);
    if (known.current?.text !== text) known.current = { text, key: newKey() };
    mutate({ refund, key: known.current.key });
  };
  return { ...state, send };
}
