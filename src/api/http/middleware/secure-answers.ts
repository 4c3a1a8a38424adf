import type { Context } from 'hono';
import { secureHeaders } from 'hono/secure-headers';

/**
 * Headers that no response of ours needs: they are for other kinds of pages, or for obsolete
 * browsers.
 */
const LEFT_OUT = {
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
  // Only the proxy that terminates TLS knows whether HSTS is safe for the host and its subdomains.
  strictTransportSecurity: false,
};

const COMMON = {
  ...LEFT_OUT,
  referrerPolicy: 'no-referrer',
  xContentTypeOptions: 'nosniff',
  xFrameOptions: 'DENY',
  // Applies only where a page embeds a response without CORS, so no configured origin is affected.
  crossOriginResourcePolicy: 'same-origin',
};

const NOTHING = ["'none'"];
const OWN = ["'self'"];

/** JSON rendered as a page by a browser may do nothing. A route's own policy takes precedence. */
export const secureAnswers = secureHeaders({
  ...COMMON,
  contentSecurityPolicy: { defaultSrc: NOTHING, frameAncestors: NOTHING },
  overwrite: false,
});

/** Any page may load from its own origin and call the API. It has nothing inline. */
const PAGE_POLICY = {
  defaultSrc: NOTHING,
  scriptSrc: OWN,
  styleSrc: OWN,
  imgSrc: [...OWN, 'data:'],
  connectSrc: OWN,
  baseUri: NOTHING,
  formAction: NOTHING,
  frameAncestors: NOTHING,
};

/** Policy of the page with the API's description. */
export const secureDocs = secureHeaders({ ...COMMON, contentSecurityPolicy: PAGE_POLICY });

/** Other origins that the pages may use, by directive. */
export interface PageOrigins {
  readonly scripts: readonly string[];
  readonly frames: readonly string[];
  readonly calls: readonly string[];
}

/**
 * Policy of the storefront and the admin pages. Nothing is inline, not even styles: those that
 * React sets through the DOM are not restricted.
 */
export function securePages({ scripts, frames, calls }: PageOrigins) {
  return secureHeaders({
    ...COMMON,
    contentSecurityPolicy: {
      ...PAGE_POLICY,
      scriptSrc: [...OWN, ...scripts],
      connectSrc: [...OWN, ...calls],
      frameSrc: frames.length > 0 ? [...frames] : NOTHING,
      fontSrc: OWN,
      workerSrc: OWN,
      manifestSrc: OWN,
    },
  });
}

/**
 * Policy of Bull Board: it may load from its own origin and call what is under its path. Its page
 * requests Google fonts and has an inline style while loading; both are blocked.
 */
export const secureBoard = secureHeaders({
  ...COMMON,
  contentSecurityPolicy: { ...PAGE_POLICY, fontSrc: OWN, baseUri: OWN },
});

/** Such a response must not be cached. */
export function noStore(c: Context): void {
  c.header('Cache-Control', 'no-store');
}
