import type { StripeAccount } from '../../payments/deps.ts';
import type { PageOrigins } from '../http/policies.ts';
import type { ConfigView } from '../schemas/config.ts';

/** Stripe.js as Stripe says: https://docs.stripe.com/security/guide#content-security-policy */
const STRIPE_SCRIPTS = ['https://js.stripe.com', 'https://*.js.stripe.com'];
const STRIPE: PageOrigins = {
  scripts: STRIPE_SCRIPTS,
  frames: [...STRIPE_SCRIPTS, 'https://hooks.stripe.com'],
  calls: ['https://api.stripe.com'],
};
const NOBODY: PageOrigins = { scripts: [], frames: [], calls: [] };

/** The payment provider as the pages need it: its configuration, and the origins to allow. */
export interface PagePayments {
  readonly told: Pick<ConfigView, 'payments' | 'publishableKey' | 'stripeUrl'>;
  readonly origins: PageOrigins;
}

/**
 * The payment provider of the pages: Stripe, its stand-in, or none. The stand-in uses plain HTTP
 * and test keys; any other STRIPE_API_URL, such as an outbound proxy, is for servers: a browser
 * pays at Stripe, and no real card is ever typed into a form of ours.
 */
export function pagePayments(
  account: Pick<StripeAccount, 'publishableKey' | 'apiUrl'> | undefined,
): PagePayments {
  if (account === undefined) return { told: { payments: 'off' }, origins: NOBODY };
  const { publishableKey, apiUrl } = account;
  const isStandIn = apiUrl?.startsWith('http:') && publishableKey?.startsWith('pk_test_');
  if (apiUrl === undefined || !isStandIn) {
    return { told: { payments: 'stripe', publishableKey }, origins: STRIPE };
  }
  return {
    told: { payments: 'stand-in', publishableKey, stripeUrl: apiUrl },
    origins: { ...NOBODY, calls: [new URL(apiUrl).origin] },
  };
}
