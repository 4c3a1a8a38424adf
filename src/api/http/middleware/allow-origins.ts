import type { MiddlewareHandler } from 'hono';
import { headersOf, send } from '../answer.ts';
import type { ApiEnv } from '../env.ts';

/** What a page of another origin may read of an answer. */
const EXPOSED = 'Location,Retry-After,RateLimit,RateLimit-Policy,X-Request-Id';

/** The answer to a preflight; no browser caches it for longer than two hours. */
const PREFLIGHT = {
  'access-control-allow-methods': 'GET,POST,PUT,PATCH,DELETE',
  'access-control-allow-headers': 'Authorization,Content-Type,Idempotency-Key,Challenge-Solution',
  'access-control-max-age': '7200',
  vary: 'Origin, Access-Control-Request-Headers',
};

/**
 * Lets pages of other origins call the API. Preflights are answered before any route, so they need
 * no token. Credentials stay off: the API reads no cookies, a page needs a token, so another site
 * cannot forge calls (no CSRF). The library's middleware would set its headers after the answer is
 * made (decision 0067).
 *
 * @param origins as browsers send them, compared literally
 */
export function allowOrigins(origins: readonly string[]): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const headers = headersOf(c);
    const origin = c.req.header('origin') ?? '';
    if (origins.includes(origin)) headers['access-control-allow-origin'] = origin;
    headers['access-control-expose-headers'] = EXPOSED;
    headers['vary'] = 'Origin';
    if (c.req.method === 'OPTIONS') return send(c, null, 204, PREFLIGHT);
    return next();
  };
}
