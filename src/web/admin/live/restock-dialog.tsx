import { useMutation, useMutationState, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { SaleView } from '../../../api/schemas/sale.ts';
import { MAX_STOCK } from '../../../domain/sale.ts';
import { newKey } from '../../browser/new-key.ts';
import { answered } from '../../client/api-client.ts';
import { ApiProblem } from '../../client/problem.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { Button } from '../../kit/ui/button.tsx';
import { Dialog } from '../../kit/ui/dialog.tsx';
import { Field } from '../../kit/ui/field.tsx';
import { Notice } from '../../kit/ui/notice.tsx';
import { useToast } from '../../kit/ui/toast.tsx';
import { useServices } from '../../session/services.ts';
import { count } from '../parts/number-tile.tsx';
import { KEYS } from '../queries/keys.ts';
import { readWhole } from '../rules/read-number.ts';

type Product = SaleView['products'][number];

interface Intent {
  readonly delta: number;
  readonly key: string;
}

/**
 * Adds units to a product, or removes available ones. Stays mounted while closed: a request sent
 * from it may still be in flight.
 */
export function RestockDialog(props: {
  saleId: string;
  product: Product;
  open: boolean;
  onClose: () => void;
}) {
  const { saleId, product, open, onClose } = props;
  const restock = useRestock(saleId, product.id, onClose);
  return (
    <Dialog open={open} title={`Restock ${product.name}`} onClose={onClose}>
      <RestockForm product={product} restock={restock} />
    </Dialog>
  );
}

function RestockForm(props: { product: Product; restock: ReturnType<typeof useRestock> }) {
  const { product, restock } = props;
  const { inFlight } = restock;
  const [typed, setText] = useState('');
  const [problem, setProblem] = useState<string>();
  const text = inFlight === undefined ? typed : signed(inFlight.delta);
  const units = readWhole(text, -MAX_STOCK, MAX_STOCK);
  const total = 'value' in units ? product.stock.total + units.value : undefined;
  return (
    <form
      className="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (inFlight !== undefined) return;
        const wrong = 'problem' in units ? units.problem : problemOf(units.value, product);
        setProblem(wrong);
        if (wrong === undefined && 'value' in units) restock.send(units.value);
      }}
    >
      <Field
        label="Units"
        inputMode="numeric"
        placeholder="+10"
        autoComplete="off"
        value={text}
        readOnly={inFlight !== undefined}
        error={problem}
        hint={
          total === undefined
            ? `${count(product.stock.available)} are free. Enter −5 to remove five of them.`
            : `The product will have ${count(total)} units in all.`
        }
        onChange={(event) => setText(event.target.value)}
      />
      <div role="status">
        {inFlight === undefined ? null : (
          <Notice tone="caution" title={`${signed(inFlight.delta)} is still being sent.`}>
            It counts once, however often it has to be sent. You can close this and carry on.
          </Notice>
        )}
      </div>
      <ProblemNotice error={restock.error} retrying={inFlight !== undefined} />
      <Button type="submit" wide busy={inFlight !== undefined}>
        {total !== undefined && total < product.stock.total ? 'Remove' : 'Add'}
      </Button>
    </form>
  );
}

/**
 * One intent keeps one key however often it is sent, so a lost answer does not add units twice. The
 * in-flight request is looked up among the mutations, so it survives a change of page, and no other
 * is sent for the product meanwhile. A refusal or an answer ends it.
 */
function useRestock(saleId: string, productId: string, onDone: () => void) {
  const { own } = useServices();
  const queries = useQueryClient();
  const toast = useToast();
  const unsure = useRef<Intent>(undefined);
  const mutationKey = ['restock', productId];
  const { mutate, error } = useMutation({
    mutationKey,
    mutationFn: ({ delta, key }: Intent) => {
      const header = { 'idempotency-key': key };
      const param = { productId };
      return answered(
        own.admin.products[':productId'].restock.$post({ param, header, json: { delta } }),
      );
    },
    onSuccess: ({ name, stock }) => {
      unsure.current = undefined;
      toast(`${name} has ${count(stock.total)} units now.`);
      onDone();
    },
    onError: (failure, intent) => {
      const isRefused = failure instanceof ApiProblem && failure.status < 500;
      unsure.current = isRefused ? undefined : intent;
    },
    onSettled: () => queries.invalidateQueries({ queryKey: KEYS.sale(saleId) }),
  });
  const [pending] = useMutationState({
    filters: { mutationKey, exact: true, status: 'pending' },
    select: ({ state }) => ({ intent: state.variables as Intent, problem: state.failureReason }),
  });
  const send = (delta: number) => {
    const known = unsure.current?.delta === delta ? unsure.current : undefined;
    mutate(known ?? { delta, key: newKey() });
  };
  return { send, inFlight: pending?.intent, error: pending?.problem ?? error };
}

function signed(delta: number): string {
  return delta > 0 ? `+${delta}` : String(delta);
}

function problemOf(delta: number, { stock }: Product): string | undefined {
  if (delta === 0) return 'Nothing would change.';
  if (stock.available + delta < 0) {
    return `Only ${count(stock.available)} are free; the others are held or sold.`;
  }
  return undefined;
}
