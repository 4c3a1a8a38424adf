import type { SaleView } from '../../../api/schemas/sale.ts';
import { phaseAt } from '../../../domain/sale.ts';
import type { Tone } from '../../kit/ui/badge.tsx';

/** The fields that decide the state of a sale. */
export type SaleFacts = Pick<
  SaleView,
  'phase' | 'startsAt' | 'endsAt' | 'products' | 'waitlist' | 'perBuyerLimit'
>;

/** What buyers can do in a sale. */
export type SaleState =
  | 'upcoming'
  | 'open'
  /** Nothing is available, but holds may expire: the waitlist is offered their units. */
  | 'waitlist'
  /** All is sold, but a refund or new units would be offered to the waitlist. */
  | 'waitlist_only'
  /** Nothing is available, but holds may expire: the first buyer to ask then gets the units. */
  | 'all_held'
  | 'sold_out'
  | 'closed';

/**
 * The state of a sale at a moment. The phase is as old as the last answer; the clock moves on
 * without one.
 */
export function stateAt(sale: SaleFacts, nowMs: number): SaleState {
  const stock = sale.products.map((product) => product.stock);
  const clock = {
    startsAtMs: Date.parse(sale.startsAt),
    endsAtMs: Date.parse(sale.endsAt),
    closed: sale.phase === 'closed',
  };
  const phase = phaseAt(clock, stock, nowMs);
  if (phase !== 'sold_out') return phase;
  const isHeld = stock.some(({ held }) => held > 0);
  if (sale.waitlist) return isHeld ? 'waitlist' : 'waitlist_only';
  return isHeld ? 'all_held' : 'sold_out';
}

/** Whether a ticket taken now can win anything, at its turn or by waiting. */
export function takesTickets(state: SaleState): boolean {
  return state === 'open' || waits(state);
}

/** Whether a ticket taken now goes to the waitlist, while that has room. */
export function waits(state: SaleState): boolean {
  return state === 'waitlist' || state === 'waitlist_only';
}

/** Whether nothing is left and nobody can wait for anything. */
export function isOver(state: SaleState): boolean {
  return state === 'sold_out' || state === 'closed';
}

/** The label of each state. */
export const STATE_WORDS: Record<SaleState, string> = {
  upcoming: 'Opens soon',
  open: 'On sale',
  waitlist: 'Waitlist open',
  waitlist_only: 'Sold out, waitlist open',
  all_held: 'All held',
  sold_out: 'Sold out',
  closed: 'Over',
};

/** The colour of each state: what can be bought now stands out. */
export const STATE_TONES: Record<SaleState, Tone> = {
  upcoming: 'plain',
  open: 'good',
  waitlist: 'caution',
  waitlist_only: 'plain',
  all_held: 'plain',
  sold_out: 'plain',
  closed: 'plain',
};
