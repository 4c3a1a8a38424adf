import type { Context } from 'hono';
import { secureHeaders } from 'hono/secure-headers';

/** Headers that no answer of ours needs: they steer pages of other kinds, or browsers long gone. */
const LEFT_OUT = {
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
  // Whoever ends TLS before us knows whether the host has it for good, and for which names.
  strictTransportSecurity: false,
};

const COMMON = {
  ...LEFT_OUT,
  referrerPolicy: 'no-referrer',
  xContentTypeOptions: 'nosniff',
  xFrameOptions: 'DENY',
  // Judged only where a page embeds an answer without CORS, so it stands in no configured origin's
  // way.
  crossOriginResourcePolicy: 'same-origin',
};

const NOTHING = ["'none'"];
const OWN = ["'self'"];

/** What JSON may do in a browser that takes it for a page: nothing. A route's own policy stays. */
export const secureAnswers = secureHeaders({
  ...COMMON,
  contentSecurityPolicy: { defaultSrc: NOTHING, frameAncestors: NOTHING },
  overwrite: false,
});

/** What any page may do: load what lies beside it, and call the API. It has nothing inline. */
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

/** What the page of the API's description may do. */
export const secureDocs = secureHeaders({ ...COMMON, contentSecurityPolicy: PAGE_POLICY });

/** Whom the pages may speak to besides us, by how they do it. */
export interface PageOrigins {
  readonly scripts: readonly string[];
  readonly frames: readonly string[];
  readonly calls: readonly string[];
}

/**
 * What the storefront and the admin's pages may do. Nothing is inline, styles neither: what React
 * sets on an element is not a style attribute of the document.
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
 * What Bull Board may do: load what lies beside it, and call what is under its path. Its page asks
 * for fonts of Google and has a style inline for the moments until it has loaded; neither is let.
 */
export const secureBoard = secureHeaders({
  ...COMMON,
  contentSecurityPolicy: { ...PAGE_POLICY, fontSrc: OWN, baseUri: OWN },
});

/** Nobody on the way may keep such an answer. */
export function noStore(c: Context): void {
  c.header('Cache-Control', 'no-store');
}
