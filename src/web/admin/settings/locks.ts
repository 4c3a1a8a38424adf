import type { SaleView } from '../../../api/schemas/sale.ts';
import {
  type ChangeableUntil,
  PRODUCT_CHANGES,
  SETTING_CHANGES,
} from '../../../domain/sale-settings.ts';

/** How far a sale is, which says what of its form cannot be changed. */
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

/** Whether a setting cannot be changed. */
export function isLocked(locks: Locks, setting: keyof typeof SETTING_CHANGES): boolean {
  return isSettled(locks, SETTING_CHANGES[setting]);
}

/** Whether a field of a product cannot be changed. */
export function isProductLocked(locks: Locks, field: keyof typeof PRODUCT_CHANGES): boolean {
  return isSettled(locks, PRODUCT_CHANGES[field]);
}

function isSettled(locks: Locks, until: ChangeableUntil): boolean {
  switch (until) {
    case 'never':
      return locks.made;
    case 'upcoming':
      return locks.opened;
    case 'open':
      return locks.all;
  }
}
