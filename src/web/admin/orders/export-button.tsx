import { useMutation } from '@tanstack/react-query';
import type { SaleView } from '../../../api/schemas/sale.ts';
import { saveBlob } from '../../browser/save-blob.ts';
import { problemOf, Unreachable } from '../../client/problem.ts';
import { wordsFor } from '../../client/problem-words.ts';
import { Button } from '../../kit/ui/button.tsx';
import { useToast } from '../../kit/ui/toast.tsx';
import { useServices } from '../../session/services.ts';
import { chooseFile } from './choose-file.ts';
import type { OrderFilter } from './order-search.tsx';

/** The formats by the extension of their file. */
const FORMATS = { csv: 'CSV', jsonl: 'JSON Lines' } as const;

type Extension = keyof typeof FORMATS;

interface Props {
  sale: SaleView;
  filter: OrderFilter;
  as: Extension;
}

/** Downloads the orders that match the search. */
export function ExportButton({ sale, filter, as }: Props) {
  const toast = useToast();
  const save = useSave(sale, filter, as);
  return (
    <Button
      look="quiet"
      busy={save.isPending}
      onClick={() =>
        save.mutate(undefined, {
          onSuccess: (isSaved) => (isSaved ? toast('The download is complete.') : undefined),
          onError: (error) =>
            toast(
              error instanceof Unreachable
                ? 'The download broke off, and the file is incomplete. Please try again.'
                : wordsFor(error).title,
            ),
        })
      }
    >
      Download {FORMATS[as]}
    </Button>
  );
}

function useSave(sale: SaleView, { status, q }: OrderFilter, extension: Extension) {
  const { own } = useServices();
  return useMutation({
    retry: false,
    mutationFn: async () => {
      const name = `${fileName(sale.name)}-orders.${extension}`;
      // Before the request: browsers open the file picker only right after a click.
      const file = await chooseFile(name);
      if (file === 'left') return false;
      const query = {
        ...(status.length === 0 ? {} : { status: [...status] }),
        ...(q === '' ? {} : { q }),
      };
      const call = own.admin.sales[':saleId'][`orders.${extension}`];
      const response: Response = await call.$get({ param: { saleId: sale.id }, query });
      if (!response.ok || response.body === null) throw await problemOf(response);
      try {
        if (file === undefined) saveBlob(await response.blob(), name);
        else await response.body.pipeTo(await file.createWritable());
      } catch (error) {
        throw new Unreachable('the file broke off', { cause: error });
      }
      return true;
    },
  });
}

function fileName(saleName: string): string {
  const plain = saleName.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-');
  return plain.replace(/^-|-$/g, '') || 'sale';
}
