import { useEffect, useState } from 'react';
import type { SaleView } from '../../../api/schemas/sale.ts';
import { type Mark, withMark } from '../rules/pace.ts';

/** How far the line of a sale was over the last minute, by the server's time. */
export function usePace(sale: SaleView): readonly Mark[] {
  const [marks, setMarks] = useState<readonly Mark[]>([]);
  const { serverTime, line } = sale;
  useEffect(() => {
    const mark = { atMs: Date.parse(serverTime), decided: line.decided };
    setMarks((known) => withMark(known, mark));
  }, [serverTime, line.decided]);
  return marks;
}
