import { LIMITS, type LimitState, type TicketQuotas } from '../domain/limits.ts';
import type { Verdict } from '../redis/scripts/accept.ts';

/** A buyer's usage of a limit on the tickets of a sale, as lua/accept.lua found it. */
export function ticketLimit(
  quotas: TicketQuotas,
  sale: string,
  limit: NonNullable<Exclude<Verdict, { kind: 'used' }>['limit']>,
): LimitState {
  const { name } = limit;
  const { slot, windowSeconds } = LIMITS[name];
  const quota = quotas[slot];
  return 'waitMs' in limit
    ? { name, sale, quota, remaining: 0, resetSeconds: Math.ceil(limit.waitMs / 1000) }
    : { name, sale, quota, remaining: limit.remaining, resetSeconds: windowSeconds };
}
