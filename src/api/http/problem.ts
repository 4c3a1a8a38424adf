import type { Context, ErrorHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Logger } from 'pino';
import { DomainError, ERRORS, type ErrorCode } from '../../domain/errors.ts';
import type { Throttled } from '../../limits/throttled.ts';
import { NotYet } from '../../payments/not-yet.ts';
import { isStripeAway } from '../../payments/stripe.ts';
import type { ApiMetrics } from '../../process/metrics.ts';
import { isOutage } from '../../process/outage.ts';
import { problemBody } from '../schemas/problem.ts';
import type { ApiEnv } from './env.ts';
import { showLimit } from './limit-fields.ts';

/** Where refusals and errors are counted and logged. */
export interface ProblemDeps {
  readonly log: Logger;
  readonly metrics: ApiMetrics;
  readonly throttled: Throttled;
}

/**
 * The one place where errors become responses. One outside the closed list is logged and hidden.
 */
export function problemHandler({ log, metrics, throttled }: ProblemDeps): ErrorHandler<ApiEnv> {
  return (error, c) => {
    const refusal = refusalOf(error, log, c);
    metrics.refused.inc({ code: refusal.code });
    if (refusal.limit !== undefined) {
      metrics.throttled.inc({ limit: refusal.limit.name });
      throttled.count(refusal.limit);
    }
    return problem(c, refusal);
  };
}

/** Maps any error to one of the closed list. */
function refusalOf(error: Error, log: Logger, c: Context<ApiEnv>): DomainError {
  if (error instanceof DomainError) return error;
  if (error instanceof HTTPException) return new DomainError(codeOf(error));
  const requestId = c.get('requestId');
  if (isStripeAway(error)) {
    log.warn({ err: error, requestId }, 'Stripe is unavailable');
    return new DomainError('payments_unavailable');
  }
  if (error instanceof NotYet) return new DomainError('unavailable');
  if (isOutage(error)) {
    log.warn({ err: error, requestId }, 'a dependency is unavailable');
    return new DomainError('unavailable');
  }
  log.error({ err: error, requestId, path: c.req.path }, 'unexpected error');
  return new DomainError('internal_error');
}

/** Answers with the RFC 9457 problem of a domain error. */
function problem(c: Context<ApiEnv>, error: DomainError): Response {
  const { code, message: detail, fields, retryAfterSeconds } = error;
  const kind = ERRORS[code];
  if (retryAfterSeconds !== undefined) c.header('Retry-After', String(retryAfterSeconds));
  if (kind.status === 401) c.header('WWW-Authenticate', 'Bearer');
  showLimit(c, error.limit);
  const body = problemBody({ code, detail, fields, requestId: c.get('requestId') });
  return c.body(JSON.stringify(body), kind.status as ContentfulStatusCode, {
    'Content-Type': 'application/problem+json',
  });
}

/** Maps Hono's own errors. */
function codeOf(error: HTTPException): ErrorCode {
  switch (error.status) {
    case 400:
      return 'malformed_json';
    case 413:
      return 'body_too_large';
    case 415:
      return 'unsupported_media_type';
    default:
      return 'internal_error';
  }
}
