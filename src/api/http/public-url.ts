import type { CookieOptions } from 'hono/utils/cookie';
import type { AnswerHeaders } from './answer.ts';

/** For a year, the least that OWASP's ASVS takes for a policy (V3.4.1). */
const HSTS = 'max-age=31536000; includeSubDomains';

/**
 * Headers that every answer has because of PUBLIC_URL: with https, browsers use nothing else for
 * this host and those below it.
 */
export function transportHeaders(publicUrl: string | undefined): AnswerHeaders {
  return isHttps(publicUrl) ? { 'strict-transport-security': HSTS } : {};
}

/** What follows from PUBLIC_URL for cookies. */
interface CookieTransport {
  /** With it, browsers take the cookie only by TLS, from this very host, and for all of it. */
  readonly prefix: 'host' | undefined;
  readonly options: CookieOptions;
}

/** How cookies are set and read: by http without `Secure`, which would keep them from coming. */
export function cookieTransport(publicUrl: string | undefined): CookieTransport {
  const secure = isHttps(publicUrl);
  const common = { path: '/', httpOnly: true, sameSite: 'Strict' } as const;
  return secure
    ? { prefix: 'host', options: { ...common, secure, prefix: 'host' } }
    : { prefix: undefined, options: common };
}

/**
 * Whether browsers reach the shop by TLS. PUBLIC_URL alone says so: how a request arrived says only
 * what the last proxy speaks, and a header anybody can send.
 */
function isHttps(publicUrl: string | undefined): boolean {
  return publicUrl !== undefined && new URL(publicUrl).protocol === 'https:';
}
