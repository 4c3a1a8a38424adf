import type { SaleView } from '../../../api/schemas/sale.ts';
import {
  type ChangeableUntil,
  PRODUCT_CHANGES,
  SETTING_CHANGES,
} from '../../../domain/sale-settings.ts';

/** Which fields of a sale's form are locked: docs/selling.md, "What may change when". */
export interface Locks {
  /** The sale is over: everything is locked. */
  readonly all: boolean;
  /** The sale has opened: start, prices and currencies are locked. */
  readonly opened: boolean;
  /** The sale exists: waitlist and challenge are locked. */
  readonly made: boolean;
}

/** For a sale that does not exist yet. */
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
