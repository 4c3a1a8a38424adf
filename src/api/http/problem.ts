import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Logger } from 'pino';
import { DomainError, ERRORS, type ErrorCode } from '../../domain/errors.ts';
import type { Throttled } from '../../limits/throttled.ts';
import { NotYet } from '../../payments/not-yet.ts';
import { isStripeAway } from '../../payments/stripe.ts';
import type { ApiMetrics } from '../../process/metrics.ts';
import { isOutage } from '../../process/outage.ts';
import { problemBody } from '../schemas/problem.ts';
import { headersOf, requestIdOf, send } from './answer.ts';
import type { ApiEnv } from './env.ts';
import { showLimit } from './limit-fields.ts';
import type { SecurityLog } from './security-log.ts';

/** Where refusals and errors are counted and logged. */
export interface ProblemDeps {
  readonly log: Logger;
  readonly metrics: ApiMetrics;
  readonly throttled: Throttled;
  readonly security: SecurityLog;
}

/**
 * The one place where errors become responses. One outside the closed list is logged and hidden.
 */
export function problemHandler({ log, metrics, throttled, security }: ProblemDeps) {
  return (error: Error, c: Context<ApiEnv>): Response => {
    const refusal = refusalOf(error, log, c);
    metrics.refused.inc({ code: refusal.code });
    security.refused(c, refusal);
    if (refusal.limit !== undefined) {
      metrics.throttled.inc({ limit: refusal.limit.name });
      throttled.count(refusal.limit);
    }
    return problem(c, refusal);
  };
}

/** The status of the problem that answers an error. */
export function statusOf(error: unknown): number {
  return ERRORS[codeOf(error)].status;
}

/** The error as one of the closed list; what the caller is not to know is logged. */
function refusalOf(error: Error, log: Logger, c: Context<ApiEnv>): DomainError {
  if (error instanceof DomainError) return error;
  const code = codeOf(error);
  const about = { err: error, requestId: requestIdOf(c) };
  if (code === 'payments_unavailable') log.warn(about, 'Stripe is unavailable');
  else if (code === 'internal_error') log.error({ ...about, path: c.req.path }, 'unexpected error');
  else if (!(error instanceof NotYet)) log.warn(about, 'a dependency is unavailable');
  return new DomainError(code);
}

/** Maps any error to one of the closed list. */
function codeOf(error: unknown): ErrorCode {
  if (error instanceof DomainError) return error.code;
  if (isStripeAway(error)) return 'payments_unavailable';
  return error instanceof NotYet || isOutage(error) ? 'unavailable' : 'internal_error';
}

/** Answers with the RFC 9457 problem of a domain error. */
function problem(c: Context<ApiEnv>, error: DomainError): Response {
  const { code, message: detail, fields, retryAfterSeconds } = error;
  const kind = ERRORS[code];
  const headers = headersOf(c);
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(retryAfterSeconds);
  if (kind.status === 401) headers['www-authenticate'] = 'Bearer';
  showLimit(c, error.limit);
  const body = problemBody({ code, detail, fields, requestId: requestIdOf(c) });
  return send(c, JSON.stringify(body), kind.status as ContentfulStatusCode, {
    'content-type': 'application/problem+json',
  });
}
