import type { SaleView } from '../../../api/schemas/sale.ts';
import { stateAt } from '../buy/sale-state.ts';

/** The groups of the front page. */
export interface SaleGroups {
  /** Ordered by end; sales with nothing left come last. */
  readonly live: readonly SaleView[];
  /** Ordered by start. */
  readonly upcoming: readonly SaleView[];
  /** The last to end comes first. */
  readonly over: readonly SaleView[];
}

/** Groups and orders sales for the front page at a moment. */
export function groupSales(sales: readonly SaleView[], nowMs: number): SaleGroups {
  const inState = (...states: ReturnType<typeof stateAt>[]) =>
    sales.filter((sale) => states.includes(stateAt(sale, nowMs)));
  const byTime = (time: 'startsAt' | 'endsAt') => (one: SaleView, other: SaleView) =>
    Date.parse(one[time]) - Date.parse(other[time]);
  return {
    live: [
      ...inState('open', 'waitlist').toSorted(byTime('endsAt')),
      ...inState('waitlist_only', 'all_held', 'sold_out').toSorted(byTime('endsAt')),
    ],
    upcoming: inState('upcoming').toSorted(byTime('startsAt')),
    over: inState('closed').toSorted(byTime('endsAt')).toReversed(),
  };
}
