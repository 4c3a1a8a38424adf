import { cors } from 'hono/cors';

/** How long a browser may go by a preflight, in seconds; none keeps it for longer. */
const MAX_AGE_SECONDS = 7_200;

/**
 * Lets pages of other origins call the API. Preflights are answered before any route, so they need
 * no token. Credentials stay off: the API goes by no cookie, a page has to have a token to send it, and
 * so nobody can be made to call by another site (no CSRF).
 *
 * @param origins as browsers send them, compared as they are
 */
export function allowOrigins(origins: readonly string[]) {
  return cors({
    origin: [...origins],
    allowMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'Challenge-Solution'],
    exposeHeaders: ['Location', 'Retry-After', 'RateLimit', 'RateLimit-Policy', 'X-Request-Id'],
    maxAge: MAX_AGE_SECONDS,
    credentials: false,
  });
}
