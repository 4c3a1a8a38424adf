import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { SaleView } from '../../../api/schemas/sale.ts';
import { answered } from '../../client/api-client.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { Button } from '../../kit/ui/button.tsx';
import { Notice } from '../../kit/ui/notice.tsx';
import { useToast } from '../../kit/ui/toast.tsx';
import { useServices } from '../../session/services.ts';
import { useFieldProblems } from '../parts/use-field-problems.ts';
import { KEYS } from '../queries/keys.ts';
import { changesOf, readSale, type SaleChange } from '../rules/read-sale.ts';
import { draftOf, withNewProducts } from '../rules/sale-draft.ts';
import { useThisSale } from '../sale/sale-page.tsx';
import { locksOf } from './locks.ts';
import { SaleFields } from './sale-fields.tsx';

/** Edits a sale. */
export function SettingsPage() {
  const sale = useThisSale();
  return <SettingsForm key={sale.id} sale={sale} />;
}

function SettingsForm({ sale }: { sale: SaleView }) {
  // The values when the form was opened: only differences from these are the user's changes.
  const [first, setBefore] = useState(() => draftOf(sale));
  const [typed, setDraft] = useState(first);
  // Products added meanwhile by others do not discard what has been typed.
  const [before, draft] = [withNewProducts(first, sale), withNewProducts(typed, sale)];
  const toast = useToast();
  const change = useChange(sale.id, () => {
    setBefore(draft);
    toast('Saved. It applies to decisions from now on.');
  });
  const { form, problem, refuse, accept } = useFieldProblems(change.error);
  const locks = locksOf(sale);
  const submit = () => {
    const [was, is] = [readSale(before), readSale(draft)];
    if ('problems' in is) return refuse(is.problems);
    accept();
    const ids = draft.products.flatMap(({ id }) => (id === undefined ? [] : [id]));
    const changes = 'value' in was ? changesOf(was.value, is.value, ids) : undefined;
    if (changes === undefined) return toast('Nothing has changed.');
    if (!change.isPending) change.mutate(changes);
  };
  return (
    <form
      ref={form}
      noValidate
      className="stack sale-form"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {locks.all ? (
        <Notice title="The sale is over.">
          Its settings can no longer change. Products can still be restocked, and orders refunded.
        </Notice>
      ) : null}
      <SaleFields
        draft={draft}
        locks={locks}
        problem={problem}
        set={(changed) => setDraft((known) => ({ ...withNewProducts(known, sale), ...changed }))}
      />
      <ProblemNotice error={change.error ?? change.failureReason} retrying={change.isPending} />
      {locks.all ? null : (
        <div>
          <Button type="submit" size="l" busy={change.isPending}>
            Save
          </Button>
        </div>
      )}
    </form>
  );
}

function useChange(saleId: string, onSaved: () => void) {
  const { own } = useServices();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (json: SaleChange) =>
      answered(own.admin.sales[':saleId'].$patch({ param: { saleId }, json })),
    onSuccess: onSaved,
    onSettled: () => queries.invalidateQueries({ queryKey: KEYS.sale(saleId) }),
  });
}
