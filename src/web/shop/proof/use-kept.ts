import { useCallback, useEffect, useState } from 'react';
import { readEvidence } from '../../../proof/evidence.ts';
import type { Receipt } from '../../../proof/verify.ts';

/** What a user has kept of a sale, and gives to the page. */
export interface Kept {
  /** The name of its file. */
  readonly name: string;
  readonly text: string;
  readonly receipt?: Receipt;
  readonly checkpoint?: string;
}

/** Why something is not taken. */
export type NotTaken =
  | { readonly name: string; readonly why: 'unknown' }
  | { readonly name: string; readonly why: 'other_sale'; readonly saleId: string };

/** Takes receipts and checkpoints: files that are dropped onto the page, chosen, or pasted. */
export function useKept(saleId: string) {
  const [kept, setKept] = useState<readonly Kept[]>([]);
  const [notTaken, setNotTaken] = useState<NotTaken>();
  const take = useCallback(
    (name: string, text: string) => {
      const read = readKept(saleId, name, text);
      setNotTaken('why' in read ? read : undefined);
      if ('why' in read) return;
      setKept((all) => [...all.filter((one) => one.text !== text), read]);
    },
    [saleId],
  );
  const takeFiles = useCallback(
    async (files: Iterable<File>) => {
      for (const file of files) take(file.name, await file.text());
    },
    [take],
  );
  useDrops(takeFiles);
  return { kept, notTaken, take, takeFiles };
}

function readKept(saleId: string, name: string, text: string): Kept | NotTaken {
  const evidence = readEvidence(text);
  if (evidence === undefined) return { name, why: 'unknown' };
  if ('checkpoint' in evidence) return { name, text, checkpoint: evidence.checkpoint };
  const { receipt } = evidence;
  const isOther = receipt.saleId !== undefined && receipt.saleId !== saleId;
  if (isOther && receipt.saleId) return { name, why: 'other_sale', saleId: receipt.saleId };
  return { name, text, receipt };
}

/** Files that are dropped anywhere on the page. */
function useDrops(takeFiles: (files: Iterable<File>) => Promise<void>): void {
  useEffect(() => {
    const allow = (event: DragEvent) => event.preventDefault();
    const drop = (event: DragEvent) => {
      event.preventDefault();
      void takeFiles(event.dataTransfer?.files ?? []);
    };
    window.addEventListener('dragover', allow);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragover', allow);
      window.removeEventListener('drop', drop);
    };
  }, [takeFiles]);
}
