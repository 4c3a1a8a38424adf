import { WINDOW_MS } from './request-window.ts';

/** A limit on how often a caller may send requests, or how much may be sent to an address. */
interface LimitRow {
  /** Its name in the RateLimit header fields. */
  readonly policy: string;
  readonly windowSeconds: number;
  /** The environment variable that sets its quota: requests per window. */
  readonly variable: `RATE_LIMIT_${string}`;
  readonly fallback: number;
  /** 0 if this limit can be switched off individually. */
  readonly min: 0 | 1;
  readonly max: number;
  /**
   * Where requests are counted: `line` by lua/accept.lua with the batch, across all processes;
   * `system` in Redis, across all processes; `process` by each API process separately.
   */
  readonly scope: 'line' | 'system' | 'process';
  /** The process that counts; the API when left out. */
  readonly part?: 'worker';
  /** The quota that lua/accept.lua knows it by, for those of scope `line`. */
  readonly slot?: 'perBuyer' | 'perIp' | 'perSale';
}

const MINUTE = WINDOW_MS / 1_000;

/**
 * Every limit. Its setting, its quota and its header fields follow from its row; tests compare
 * docs/settings.md, docs/limits.md and docker-compose.yml with it.
 */
export const LIMITS = {
  tickets_buyer: {
    policy: 'tickets',
    windowSeconds: MINUTE,
    variable: 'RATE_LIMIT_TICKETS_PER_BUYER',
    fallback: 30,
    min: 0,
    max: 1_000_000,
    scope: 'line',
    slot: 'perBuyer',
  },
  tickets_ip: {
    policy: 'tickets-ip',
    windowSeconds: MINUTE,
    variable: 'RATE_LIMIT_TICKETS_PER_IP',
    fallback: 0,
    min: 0,
    max: 1_000_000,
    scope: 'line',
    slot: 'perIp',
  },
  tickets_sale: {
    policy: 'tickets-sale',
    windowSeconds: MINUTE,
    variable: 'RATE_LIMIT_TICKETS_PER_SALE',
    fallback: 0,
    min: 0,
    max: 100_000_000,
    scope: 'line',
    slot: 'perSale',
  },
  // Polls are answered from memory: a round trip to count them would cost more than answering.
  polls_buyer: {
    policy: 'polls',
    windowSeconds: 1,
    variable: 'RATE_LIMIT_POLLS_PER_BUYER',
    fallback: 20,
    min: 0,
    max: 1_000_000,
    scope: 'process',
  },
  polls_ip: {
    policy: 'polls-ip',
    windowSeconds: 1,
    variable: 'RATE_LIMIT_POLLS_PER_IP',
    fallback: 0,
    min: 0,
    max: 1_000_000,
    scope: 'process',
  },
  payments_buyer: {
    policy: 'payments',
    windowSeconds: 60,
    variable: 'RATE_LIMIT_PAYMENTS_PER_BUYER',
    fallback: 30,
    min: 0,
    max: 1_000_000,
    scope: 'system',
  },
  auth_ip: {
    policy: 'auth',
    windowSeconds: 60,
    variable: 'RATE_LIMIT_AUTH_PER_IP',
    fallback: 60,
    min: 1,
    max: 1_000_000,
    scope: 'system',
  },
  // Renewing needs a token that we gave out: it is no attempt to get in, and a crowd behind one
  // address must not sign a buyer out.
  renewals_session: {
    policy: 'renewals',
    windowSeconds: 60,
    variable: 'RATE_LIMIT_RENEWALS_PER_SESSION',
    fallback: 30,
    min: 1,
    max: 1_000_000,
    scope: 'system',
  },
  auth_account: {
    policy: 'login',
    windowSeconds: 900,
    variable: 'RATE_LIMIT_LOGIN_PER_ACCOUNT',
    fallback: 10,
    min: 1,
    max: 1_000_000,
    scope: 'system',
  },
  // Mails that their reader did not ask for: whoever buys as a guest can type any address. Counted
  // in Postgres, per day of UTC: src/db/mail-counts.ts.
  mails_address: {
    policy: 'mails',
    windowSeconds: 86_400,
    variable: 'RATE_LIMIT_MAILS_PER_ADDRESS',
    fallback: 20,
    min: 0,
    max: 1_000_000,
    scope: 'system',
    part: 'worker',
  },
} as const satisfies Record<string, LimitRow>;

export type LimitName = keyof typeof LIMITS;

/** The limits on requests to the API. */
export type ApiLimitName = {
  [N in LimitName]: (typeof LIMITS)[N] extends { part: 'worker' } ? never : N;
}[LimitName];

/** Requests per window that each limit of the API allows; 0: any number. */
export type Quotas = Readonly<Record<ApiLimitName, number>>;

/** A caller's usage of a limit. */
export interface LimitState {
  readonly name: LimitName;
  /** Requests allowed per window. */
  readonly quota: number;
  readonly remaining: number;
  /** When more requests are allowed than now. */
  readonly resetSeconds: number;
  /** The sale whose tickets it counts, if it counts tickets. */
  readonly sale?: string;
}

/** The limits that lua/accept.lua enforces, by the names it uses. */
export type TicketLimitName = {
  [N in LimitName]: (typeof LIMITS)[N] extends { slot: string } ? N : never;
}[LimitName];

/** Ticket requests per minute and sale: per buyer, per IP, of all callers; 0: any number. */
export type TicketQuotas = Readonly<Record<(typeof LIMITS)[TicketLimitName]['slot'], number>>;

/** The quotas of the limits that lua/accept.lua enforces. */
export function ticketQuotas(quotas: Quotas): TicketQuotas {
  return {
    perBuyer: quotas.tickets_buyer,
    perIp: quotas.tickets_ip,
    perSale: quotas.tickets_sale,
  };
}

export const NO_QUOTAS: TicketQuotas = { perBuyer: 0, perIp: 0, perSale: 0 };

/** The limit of the two that is closer to being reached. */
export function nearest(a: LimitState | undefined, b: LimitState | undefined) {
  if (a === undefined || b === undefined) return a ?? b;
  return b.remaining < a.remaining ? b : a;
}
