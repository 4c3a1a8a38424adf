import type { Context } from 'hono';
import type { LimitState } from '../../../domain/limits.ts';
import type { AttemptLimits } from '../../../limits/attempt-limits.ts';
import type { RequestLimits } from '../../../limits/request-limits.ts';
import type { Identity } from '../../tokens/identity.ts';
import { clientIp } from '../client-ip.ts';
import type { ApiEnv } from '../env.ts';
import { showLimit } from '../limit-fields.ts';
import { type Guard, guard } from '../steps.ts';

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
export function limitAuthCalls({ limits, trustedProxies }: LimitDeps): Guard {
  return counting(limits, ({ attempts }, c) => attempts.countAuthCall(clientIp(c, trustedProxies)));
}

/** Counts reads and small writes: per buyer (or order) behind `authenticate`, and per IP. */
export function limitPolls({ limits, trustedProxies }: LimitDeps): Guard {
  return counting(limits, ({ requests }, c) =>
    requests.countPoll(() => clientIp(c, trustedProxies), callerOf(c.get('identity'))),
  );
}

/** Counts requests that lead to a call to Stripe, per buyer or order, behind `authenticate`. */
export function limitPayments({ limits }: LimitDeps): Guard {
  return counting(limits, ({ requests }, c) => requests.countPayment(callerOf(c.get('identity'))));
}

/** Counts a request, and shows what is left; nothing where limits are off. */
function counting(
  limits: LimitDeps['limits'],
  count: (
    limits: NonNullable<LimitDeps['limits']>,
    c: Context<ApiEnv>,
  ) => Promise<LimitState | undefined>,
): Guard {
  if (limits === undefined) return guard((_, next) => next());
  return guard(async (c, next) => {
    showLimit(c, await count(limits, c));
    return next();
  });
}

/** Whose requests are counted: who reads a mail must not use up its buyer's. */
function callerOf(identity: Identity): string;
function callerOf(identity: Identity | undefined): string | undefined;
function callerOf(identity: Identity | undefined): string | undefined {
  return identity?.order === undefined ? identity?.buyer : `order ${identity.order}`;
}
