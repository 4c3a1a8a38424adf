/** Units a product may have, and products a sale may have. */
export const MAX_STOCK = 10_000_000;
export const MAX_PRODUCTS = 100;

/**
 * Holds that a {@link HoldLimit} may allow: this many recent ones are stored,
 * lua/fragments/origins.lua.
 */
export const HOLD_LIMIT_MAX = 20;

/** Seconds that a hold and the window of a {@link HoldLimit} may last. */
export const HOLD_SECONDS_MAX = 86_400;
export const HOLD_WINDOW_SECONDS_MAX = 604_800;

/** At most `count` holds per e-mail address and per IP within `windowMs`, in ms. */
export interface HoldLimit {
  readonly count: number;
  readonly windowMs: number;
}

/** The phases that buyers see. */
export const PHASES = ['upcoming', 'open', 'sold_out', 'closed'] as const;
export type Phase = (typeof PHASES)[number];

export interface Stock {
  readonly total: number;
  readonly available: number;
  readonly held: number;
  readonly sold: number;
}

/** What the phase of a sale depends on; times in ms since the epoch. */
export interface SaleClock {
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly closed: boolean;
}

/**
 * Whether tickets are accepted at this moment: the same rule as in accept.lua, for answers from
 * memory.
 */
export function windowAt(sale: SaleClock, nowMs: number): 'upcoming' | 'open' | 'closed' {
  if (sale.closed || nowMs >= sale.endsAtMs) return 'closed';
  return nowMs < sale.startsAtMs ? 'upcoming' : 'open';
}

/**
 * The phase that buyers see: an open sale with nothing available is sold out (units may come back).
 */
export function phaseAt(sale: SaleClock, stock: readonly Stock[], nowMs: number): Phase {
  const window = windowAt(sale, nowMs);
  if (window !== 'open') return window;
  return stock.every((product) => product.available === 0) ? 'sold_out' : 'open';
}
