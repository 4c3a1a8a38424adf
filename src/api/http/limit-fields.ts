import type { Context } from 'hono';
import { LIMITS, type LimitState } from '../../domain/limits.ts';
import { headersOf } from './answer.ts';
import type { ApiEnv } from './env.ts';

/**
 * Sets the headers for the client's state of a limit, per draft-ietf-httpapi-ratelimit-headers-10.
 * `q` requests are allowed in `w` seconds; `r` are left now, and after `t` seconds the quota is
 * partly or fully replenished.
 */
export function showLimit(c: Context<ApiEnv>, limit: LimitState | undefined): void {
  if (limit === undefined) return;
  const { policy, windowSeconds } = LIMITS[limit.name];
  const headers = headersOf(c);
  headers['ratelimit-policy'] = `"${policy}";q=${limit.quota};w=${windowSeconds}`;
  headers['ratelimit'] = `"${policy}";r=${limit.remaining};t=${limit.resetSeconds}`;
}
