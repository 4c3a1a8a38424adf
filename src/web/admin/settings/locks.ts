import type { SaleView } from '../../../api/schemas/sale.ts';

/** What of a sale's form cannot be changed: docs/selling.md, "What may change when". */
export interface Locks {
  /** The sale is over: nothing changes. */
  readonly all: boolean;
  /** It has opened: start, prices and currencies are settled. */
  readonly opened: boolean;
  /** There is such a sale: the waitlist and the check are settled. */
  readonly made: boolean;
}

/** Of a sale that is yet to be made. */
export const NO_LOCKS: Locks = { all: false, opened: false, made: false };

export function locksOf({ phase }: Pick<SaleView, 'phase'>): Locks {
  return { all: phase === 'closed', opened: phase !== 'upcoming', made: true };
}
