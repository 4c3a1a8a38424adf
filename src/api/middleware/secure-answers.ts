import { createMiddleware } from 'hono/factory';
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

/**
 * What a page of ours may do: load what lies beside it, and call the API. It has nothing inline.
 */
export const securePage = secureHeaders({
  ...COMMON,
  contentSecurityPolicy: {
    defaultSrc: NOTHING,
    scriptSrc: OWN,
    styleSrc: OWN,
    connectSrc: OWN,
    imgSrc: [...OWN, 'data:'],
    baseUri: NOTHING,
    formAction: NOTHING,
    frameAncestors: NOTHING,
  },
});

/** Whom the pages may speak to besides us, by how they do it. */
export interface PageOrigins {
  readonly scripts: readonly string[];
  readonly frames: readonly string[];
  readonly calls: readonly string[];
}

/** Stripe.js as Stripe says: https://docs.stripe.com/security/guide#content-security-policy */
const STRIPE_SCRIPTS = ['https://js.stripe.com', 'https://*.js.stripe.com'];
const STRIPE: PageOrigins = {
  scripts: STRIPE_SCRIPTS,
  frames: [...STRIPE_SCRIPTS, 'https://hooks.stripe.com'],
  calls: ['https://api.stripe.com'],
};

/** Whom the pages speak to for payments: Stripe, its stand-in, or nobody. */
export function paymentOrigins(account: { readonly apiUrl?: string | undefined } | undefined) {
  const nobody: PageOrigins = { scripts: [], frames: [], calls: [] };
  if (account === undefined) return nobody;
  if (account.apiUrl === undefined) return STRIPE;
  return { ...nobody, calls: [new URL(account.apiUrl).origin] };
}

/**
 * What the storefront and the admin's pages may do. Nothing is inline, styles neither: what React
 * sets on an element is not a style attribute of the document.
 */
export function securePages({ scripts, frames, calls }: PageOrigins) {
  return secureHeaders({
    ...COMMON,
    contentSecurityPolicy: {
      defaultSrc: NOTHING,
      scriptSrc: [...OWN, ...scripts],
      styleSrc: OWN,
      fontSrc: OWN,
      imgSrc: [...OWN, 'data:'],
      connectSrc: [...OWN, ...calls],
      frameSrc: frames.length > 0 ? [...frames] : NOTHING,
      workerSrc: OWN,
      manifestSrc: OWN,
      baseUri: NOTHING,
      formAction: NOTHING,
      frameAncestors: NOTHING,
    },
  });
}

/**
 * What Bull Board may do: load what lies beside it, and call what is under its path. Its page asks
 * for fonts of Google and has a style inline for the moments until it has loaded; neither is let.
 */
export const secureBoard = secureHeaders({
  ...COMMON,
  contentSecurityPolicy: {
    defaultSrc: NOTHING,
    scriptSrc: OWN,
    styleSrc: OWN,
    fontSrc: OWN,
    imgSrc: [...OWN, 'data:'],
    connectSrc: OWN,
    baseUri: OWN,
    formAction: NOTHING,
    frameAncestors: NOTHING,
  },
});

/** Nobody on the way may keep an answer that is for one person. */
export const keepSecret = createMiddleware(async (c, next) => {
  c.header('Cache-Control', 'no-store');
  await next();
});
