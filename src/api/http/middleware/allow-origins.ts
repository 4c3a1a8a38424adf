import { cors } from 'hono/cors';

/** How long a browser may cache a preflight, in seconds; none caches it for longer. */
const MAX_AGE_SECONDS = 7_200;

/**
 * Lets pages of other origins call the API. Preflights are answered before any route, so they need
 * no token. Credentials stay off: the API reads no cookies, a page needs a token, so another site
 * cannot forge calls (no CSRF).
 *
 * @param origins as browsers send them, compared literally
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
