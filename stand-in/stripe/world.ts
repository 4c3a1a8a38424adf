import type { EventLog } from './events.ts';
import type { Store } from './store.ts';

/** What the rules operate on. */
export interface World {
  readonly store: Store;
  readonly events: EventLog;
  /** The clock, in ms since the epoch. */
  readonly nowMs: () => number;
}

/** Stripe's time: whole seconds since the epoch. */
export function nowSeconds({ nowMs }: World): number {
  return Math.floor(nowMs() / 1000);
}
