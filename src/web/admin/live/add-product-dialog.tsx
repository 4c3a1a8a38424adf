import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { SaleView } from '../../../api/schemas/sale.ts';
import { answered } from '../../client/api-client.ts';
import { isTransient } from '../../client/problem.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { Button } from '../../kit/ui/button.tsx';
import { Dialog } from '../../kit/ui/dialog.tsx';
import { useToast } from '../../kit/ui/toast.tsx';
import { useServices } from '../../session/services.ts';
import { KEYS } from '../queries/keys.ts';
import { type NewProduct, readProduct } from '../rules/read-sale.ts';
import { freshProduct } from '../rules/sale-draft.ts';
import '../settings/settings.css';
import { useFieldProblems } from '../parts/use-field-problems.ts';
import { ProductFields } from '../settings/product-fields.tsx';

/** Adds a product to a sale. */
export function AddProductDialog(props: { sale: SaleView; open: boolean; onClose: () => void }) {
  const { sale, open, onClose } = props;
  return (
    <Dialog open={open} title="Add a product" onClose={onClose}>
      <AddProductForm sale={sale} onClose={onClose} />
    </Dialog>
  );
}

function AddProductForm({ sale, onClose }: { sale: SaleView; onClose: () => void }) {
  const [draft, setDraft] = useState(() => freshProduct(sale.products[0]?.currency ?? 'eur'));
  const add = useAdd(sale.id, onClose);
  const { form, problem, refuse, accept } = useFieldProblems(add.error);
  const submit = () => {
    const read = readProduct(draft);
    if ('problems' in read) return refuse(read.problems);
    accept();
    if (!add.isPending) add.mutate(read.value);
  };
  return (
    <form
      ref={form}
      noValidate
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <ProductFields draft={draft} problem={problem} onChange={setDraft} />
      <ProblemNotice error={add.error}>
        {isTransient(add.error) ? (
          <p>It may have been added anyway: look at the products before you try again.</p>
        ) : null}
      </ProblemNotice>
      <Button type="submit" wide busy={add.isPending}>
        Add the product
      </Button>
    </form>
  );
}

function useAdd(saleId: string, onDone: () => void) {
  const { own } = useServices();
  const queries = useQueryClient();
  const toast = useToast();
  return useMutation({
    // Never retried automatically: that could add the product twice.
    retry: false,
    mutationFn: (json: NewProduct) =>
      answered(own.admin.sales[':saleId'].products.$post({ param: { saleId }, json })),
    onSuccess: ({ name }) => {
      toast(`${name} is on sale.`);
      onDone();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: KEYS.sale(saleId) }),
  });
}
