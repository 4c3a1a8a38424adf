import { useEffect, useEffectEvent, useState } from 'react';
import type { SaleView } from '../../../api/schemas/sale.ts';
import { type Mark, withMark } from '../rules/pace.ts';

const EACH_MS = 1_000;

/**
 * The position of a sale's line at each second of the last minute. An idle line sends no events, so
 * it is sampled by a timer.
 */
export function usePace({ line: { decided } }: SaleView): readonly Mark[] {
  const [marks, setMarks] = useState<readonly Mark[]>([]);
  const look = useEffectEvent(() => {
    // A monotonic clock, unaffected by changes of the system time.
    const atMs = performance.now();
    setMarks((known) => withMark(known, { atMs, decided }));
  });
  useEffect(() => {
    look();
    const timer = setInterval(look, EACH_MS);
    return () => clearInterval(timer);
  }, []);
  return marks;
}
