import type { Context } from 'hono';
import { DomainError, ERRORS } from '../../../domain/errors.ts';
import type { LimitState } from '../../../domain/limits.ts';
import type { AttemptLimits } from '../../../limits/attempt-limits.ts';
import type { RequestLimits } from '../../../limits/request-limits.ts';
import type { ProxyTrust } from '../../../process/proxy-trust.ts';
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
  /** TRUST_PROXY. */
  readonly proxyTrust: ProxyTrust;
}

/** Counts authentication calls per IP, before anything else is done. */
export function limitAuthCalls({ limits, proxyTrust }: LimitDeps): Guard {
  return counting(limits, ({ attempts }, c) => attempts.countAuthCall(clientIp(c, proxyTrust)));
}

/** Counts reads and small writes: per buyer (or order) behind `authenticate`, and per IP. */
export function limitPolls({ limits, proxyTrust }: LimitDeps): Guard {
  return counting(limits, ({ requests }, c) =>
    requests.countPoll(() => clientIp(c, proxyTrust), callerOf(c.get('identity'))),
  );
}

/** Counts requests that lead to a call to Stripe, per buyer or order, behind `authenticate`. */
export function limitPayments({ limits }: LimitDeps): Guard {
  return counting(limits, ({ requests }, c) => requests.countPayment(callerOf(c.get('identity'))));
}

/**
 * Counts the ticket requests of a buyer that are refused, behind `authenticate`: lua/accept.lua
 * counts only those that get as far as the line. One that it refused itself is not counted, so that
 * waiting for `Retry-After` always helps.
 */
export function limitRefusals({ limits, proxyTrust }: LimitDeps): Guard {
  if (limits === undefined) return guard((_, next) => next());
  const { requests } = limits;
  return guard((c, next) => {
    const { buyer } = c.get('identity');
    requests.checkRefused(buyer);
    const count = async (error: unknown): Promise<never> => {
      const isCounted = error instanceof DomainError && isRefusal(error);
      if (isCounted) await requests.countRefused(() => clientIp(c, proxyTrust), buyer);
      throw error;
    };
    try {
      const answer = next();
      return answer instanceof Promise ? answer.catch(count) : answer;
    } catch (error) {
      return count(error);
    }
  });
}

/** Whether the caller is to do something else, and not just to wait. */
function isRefusal({ code }: DomainError): boolean {
  const { status } = ERRORS[code];
  return status < 500 && status !== 429;
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
