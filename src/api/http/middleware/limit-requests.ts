import type { MiddlewareHandler } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { AttemptLimits } from '../../../limits/attempt-limits.ts';
import type { RequestLimits } from '../../../limits/request-limits.ts';
import type { Identity } from '../../tokens/identity.ts';
import { clientIp } from '../client-ip.ts';
import type { ApiEnv } from '../env.ts';
import { showLimit } from '../limit-fields.ts';

/** The dependencies of counting requests. */
export interface LimitDeps {
  /** Undefined where limits are off: then nothing is counted. */
  readonly limits:
    | { readonly attempts: AttemptLimits; readonly requests: RequestLimits }
    | undefined;
  /** Proxies whose X-Forwarded-For is trusted; 0: none. */
  readonly trustedProxies: number;
}

/** Counts authentication calls per IP, before anything else is done. */
export function limitAuthCalls({ limits, trustedProxies }: LimitDeps): MiddlewareHandler<ApiEnv> {
  return createMiddleware<ApiEnv>(async (c, next) => {
    showLimit(c, await limits?.attempts.countAuthCall(clientIp(c, trustedProxies)));
    await next();
  });
}

/** Counts reads and small writes: per buyer (or order) behind `authenticate`, and per IP. */
export function limitPolls({ limits, trustedProxies }: LimitDeps): MiddlewareHandler<ApiEnv> {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const ip = () => clientIp(c, trustedProxies);
    showLimit(c, await limits?.requests.countPoll(ip, callerOf(c.get('identity'))));
    await next();
  });
}

/** Counts requests that lead to a call to Stripe, per buyer or order, behind `authenticate`. */
export function limitPayments({ limits }: LimitDeps): MiddlewareHandler<ApiEnv> {
  return createMiddleware<ApiEnv>(async (c, next) => {
    showLimit(c, await limits?.requests.countPayment(callerOf(c.get('identity'))));
    await next();
  });
}

/** Whose requests are counted: who reads a mail must not use up its buyer's. */
function callerOf(identity: Identity): string;
function callerOf(identity: Identity | undefined): string | undefined;
function callerOf(identity: Identity | undefined): string | undefined {
  return identity?.order === undefined ? identity?.buyer : `order ${identity.order}`;
}
