import type { Attempt } from '../../browser/attempts.ts';
import { formatDayAndTime } from '../../kit/format.ts';

/** What was to be bought and when, for an attempt whose answer never came. */
export function unfinishedInWords(
  { items, beganAtMs }: Pick<Attempt, 'items' | 'beganAtMs'>,
  products: readonly { readonly id: string; readonly name: string }[],
): string {
  const wanted = items.map(({ productId, quantity }) => {
    const name = products.find(({ id }) => id === productId)?.name ?? 'a product that is gone';
    return `${quantity} × ${name}`;
  });
  const what = wanted.length === 0 ? 'what was in your cart' : wanted.join(', ');
  const when = beganAtMs === 0 ? '' : ` on ${formatDayAndTime(beganAtMs)}`;
  return `You wanted ${what}${when}, and the answer got lost.`;
}
