import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { checkSale } from './check-sale.ts';
import type { Kept } from './use-kept.ts';

/**
 * Checks a sale, with what the user has kept of it.
 *
 * @returns the last result, and how far the running check is: from 0 to 1
 */
export function useCheck(saleId: string, kept: readonly Kept[]) {
  const [share, setShare] = useState(0);
  const query = useQuery({
    queryKey: ['proof', saleId, kept.map(({ text }) => text)],
    queryFn: ({ signal }) => {
      setShare(0);
      const receipts = kept.flatMap((one) => one.receipt ?? []);
      const checkpoints = kept.flatMap((one) => one.checkpoint ?? []);
      const asked = { sale: saleId, receipts, kept: checkpoints };
      return checkSale(asked, { signal, onProgress: setShare });
    },
    // It is dear: again only when somebody asks for it.
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });
  return { ...query, share };
}
