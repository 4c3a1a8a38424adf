import { WINDOW_MS } from './request-window.ts';

/**
 * Every limit on how often somebody may ask: its name in RateLimit fields, and how long its window
 * is.
 */
export const LIMITS = {
  tickets_buyer: { policy: 'tickets', windowSeconds: WINDOW_MS / 1_000 },
  tickets_ip: { policy: 'tickets-ip', windowSeconds: WINDOW_MS / 1_000 },
  tickets_sale: { policy: 'tickets-sale', windowSeconds: WINDOW_MS / 1_000 },
  polls_buyer: { policy: 'polls', windowSeconds: 1 },
  polls_ip: { policy: 'polls-ip', windowSeconds: 1 },
  payments_buyer: { policy: 'payments', windowSeconds: 60 },
  auth_ip: { policy: 'auth', windowSeconds: 60 },
  auth_account: { policy: 'login', windowSeconds: 900 },
} as const satisfies Record<string, { policy: string; windowSeconds: number }>;

export type LimitName = keyof typeof LIMITS;

/** Where somebody stands with a limit. */
export interface LimitState {
  readonly name: LimitName;
  /** Requests that a window takes. */
  readonly quota: number;
  readonly remaining: number;
  /** When more is allowed than now. */
  readonly resetSeconds: number;
  /** The sale whose tickets it counts, where it does. */
  readonly sale?: string;
}

/** Ticket requests a minute for a sale: of a buyer, from an IP, of all together; 0: any number. */
export interface TicketQuotas {
  readonly perBuyer: number;
  readonly perIp: number;
  readonly perSale: number;
}

export const NO_QUOTAS: TicketQuotas = { perBuyer: 0, perIp: 0, perSale: 0 };

/** Of two limits the one that is nearer to being hit. */
export function nearest(a: LimitState | undefined, b: LimitState | undefined) {
  if (a === undefined || b === undefined) return a ?? b;
  return b.remaining < a.remaining ? b : a;
}
