import type { Context, ErrorHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { DomainError, ERRORS, type ErrorCode } from '../../domain/errors.ts';
import { NotYet } from '../../payments/not-yet.ts';
import { isStripeAway } from '../../payments/stripe.ts';
import { isOutage } from '../../process/outage.ts';
import { problemBody } from '../schemas/problem.ts';
import type { ApiEnv } from './env.ts';
import { showLimit } from './limit-fields.ts';

/** Answers with the RFC 9457 problem of a domain error. */
export function problem(c: Context<ApiEnv>, error: DomainError): Response {
  const { code, message: detail, fields, retryAfterSeconds, limit } = error;
  const kind = ERRORS[code];
  if (retryAfterSeconds !== undefined) c.header('Retry-After', String(retryAfterSeconds));
  if (kind.status === 401) c.header('WWW-Authenticate', 'Bearer');
  c.get('metrics').refused.inc({ code });
  if (limit !== undefined) {
    showLimit(c, limit);
    c.get('metrics').throttled.inc({ limit: limit.name });
    c.get('throttled').count(limit);
  }
  const body = problemBody({ code, detail, fields, requestId: c.get('requestId') });
  return c.body(JSON.stringify(body), kind.status as ContentfulStatusCode, {
    'Content-Type': 'application/problem+json',
  });
}

/** The one place where errors become answers. What is not of the closed list is logged and hidden. */
export const onError: ErrorHandler<ApiEnv> = (error, c) => {
  if (error instanceof DomainError) return problem(c, error);
  if (error instanceof HTTPException) return problem(c, new DomainError(codeOf(error)));
  const log = c.get('log');
  if (isStripeAway(error)) {
    log.warn({ err: error, requestId: c.get('requestId') }, 'Stripe is away');
    return problem(c, new DomainError('payments_unavailable'));
  }
  if (error instanceof NotYet) return problem(c, new DomainError('unavailable'));
  if (isOutage(error)) {
    log.warn({ err: error, requestId: c.get('requestId') }, 'a part is away');
    return problem(c, new DomainError('unavailable'));
  }
  log.error({ err: error, requestId: c.get('requestId'), path: c.req.path }, 'unexpected error');
  return problem(c, new DomainError('internal_error'));
};

/** What Hono's own refusals mean. */
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
