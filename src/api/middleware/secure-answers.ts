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

/** Nobody on the way may keep an answer that is for one person. */
export const keepSecret = createMiddleware(async (c, next) => {
  c.header('Cache-Control', 'no-store');
  await next();
});
