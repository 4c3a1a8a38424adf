import type { SaleView } from '../../../api/schemas/sale.ts';
import { phaseAt } from '../../../domain/sale.ts';
import type { Tone } from '../../kit/ui/badge.tsx';

/** What the state of a sale follows from. */
export type SaleFacts = Pick<
  SaleView,
  'phase' | 'startsAt' | 'endsAt' | 'products' | 'waitlist' | 'perBuyerLimit'
>;

/** How a sale stands: what buyers can do in it. */
export type SaleState =
  | 'upcoming'
  | 'open'
  /** Nothing is free, but what is held may come back: whoever waits is offered it. */
  | 'waitlist'
  /** Nothing is free, but what is held may come back: to whoever is there then. */
  | 'all_held'
  | 'sold_out'
  | 'closed';

/**
 * How a sale stands at a moment. The page was told the phase a while ago; time goes on without
 * asking.
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
  if (!stock.some(({ held }) => held > 0)) return 'sold_out';
  return sale.waitlist ? 'waitlist' : 'all_held';
}

/** Whether a ticket can be taken that may win something. */
export function takesTickets(state: SaleState): boolean {
  return state === 'open' || state === 'waitlist';
}

/** Whether nothing of a sale can be had, and nothing that is held may come back. */
export function isOver(state: SaleState): boolean {
  return state === 'sold_out' || state === 'closed';
}

/** What a state is called. */
export const STATE_WORDS: Record<SaleState, string> = {
  upcoming: 'Opens soon',
  open: 'On sale',
  waitlist: 'Waitlist open',
  all_held: 'All held',
  sold_out: 'Sold out',
  closed: 'Over',
};

/** The colour of a state: what can be bought now stands out. */
export const STATE_TONES: Record<SaleState, Tone> = {
  upcoming: 'plain',
  open: 'good',
  waitlist: 'caution',
  all_held: 'plain',
  sold_out: 'plain',
  closed: 'plain',
};
