import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { SaleView } from '../../../api/schemas/sale.ts';
import { MAX_STOCK } from '../../../domain/sale.ts';
import { answered } from '../../client/api-client.ts';
import { ApiProblem, isPassing } from '../../client/problem.ts';
import { useServices } from '../../services.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { ProblemNotice } from '../../ui/notice.tsx';
import { useToast } from '../../ui/toast.tsx';
import { count } from '../parts/number-tile.tsx';
import { KEYS } from '../queries.ts';
import { newKey } from '../rules/new-key.ts';
import { readWhole } from '../rules/read-number.ts';

type Product = SaleView['products'][number];

interface Intent {
  readonly productId: string;
  readonly delta: number;
  readonly key: string;
}

/** Adds units to a product, or takes free ones away. */
export function RestockDialog(props: {
  saleId: string;
  product: Product | undefined;
  onClose: () => void;
}) {
  const { saleId, product, onClose } = props;
  return (
    <Dialog
      open={product !== undefined}
      title={product === undefined ? 'Restock' : `Restock ${product.name}`}
      onClose={onClose}
    >
      {product === undefined ? null : (
        <RestockForm saleId={saleId} product={product} onClose={onClose} />
      )}
    </Dialog>
  );
}

function RestockForm(props: { saleId: string; product: Product; onClose: () => void }) {
  const { saleId, product, onClose } = props;
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string>();
  const restock = useRestock(saleId, product, onClose);
  const units = readWhole(text, -MAX_STOCK, MAX_STOCK);
  const total = 'value' in units ? product.stock.total + units.value : undefined;
  return (
    <form
      className="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const wrong = 'problem' in units ? units.problem : problemOf(units.value, product);
        setProblem(wrong);
        if (wrong === undefined && 'value' in units && !restock.isPending)
          restock.send(units.value);
      }}
    >
      <Field
        label="Units"
        inputMode="numeric"
        placeholder="+10"
        autoComplete="off"
        value={text}
        error={problem}
        hint={
          total === undefined
            ? `${count(product.stock.available)} are free. Write −5 to take five of them away.`
            : `The product will have ${count(total)} units in all.`
        }
        onChange={(event) => setText(event.target.value)}
      />
      <ProblemNotice error={restock.error} retrying={restock.isPending} />
      <Button type="submit" wide busy={restock.isPending}>
        {total !== undefined && total < product.stock.total ? 'Take away' : 'Add'}
      </Button>
    </form>
  );
}

/**
 * An intent has one key however often it is sent: an answer that was lost does not add twice. A
 * refusal or an answer ends it.
 */
function useRestock(saleId: string, product: Product, onDone: () => void) {
  const { own } = useServices();
  const queries = useQueryClient();
  const toast = useToast();
  const open = useRef<Intent>(undefined);
  const { mutate, isPending, error, failureReason } = useMutation({
    mutationFn: ({ productId, delta, key }: Intent) => {
      const header = { 'idempotency-key': key };
      const param = { productId };
      return answered(
        own.admin.products[':productId'].restock.$post({ param, header, json: { delta } }),
      );
    },
    onSuccess: ({ name, stock }) => {
      open.current = undefined;
      toast(`${name} has ${count(stock.total)} units now.`);
      onDone();
    },
    onError: (failure) => {
      if (failure instanceof ApiProblem && !isPassing(failure)) open.current = undefined;
    },
    onSettled: () => queries.invalidateQueries({ queryKey: KEYS.sale(saleId) }),
  });
  const send = (delta: number) => {
    const { id: productId } = product;
    const same = open.current?.productId === productId && open.current.delta === delta;
    const intent = same && open.current ? open.current : { productId, delta, key: newKey() };
    open.current = intent;
    mutate(intent);
  };
  return { send, isPending, error: error ?? failureReason };
}

function problemOf(delta: number, { stock }: Product): string | undefined {
  if (delta === 0) return 'Nothing would change.';
  if (stock.available + delta < 0) {
    return `Only ${count(stock.available)} are free; the others are held or sold.`;
  }
  return undefined;
}
