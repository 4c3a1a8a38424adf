import { useEffect, useEffectEvent, useState } from 'react';
import type { SaleView } from '../../../api/schemas/sale.ts';
import { type Mark, withMark } from '../rules/pace.ts';

const EACH_MS = 1_000;

/**
 * How far the line of a sale was at each second of the last minute. A line that rests tells nothing
 * of itself, so it is looked at by the clock, not when something comes.
 */
export function usePace({ line: { decided } }: SaleView): readonly Mark[] {
  const [marks, setMarks] = useState<readonly Mark[]>([]);
  const look = useEffectEvent(() => {
    // This page's own clock, which runs on evenly whatever is set right on the machine.
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
