import type { Form } from './form.ts';
import { notAuthenticated, StripeFailure } from './stripe-errors.ts';

/** The caller: the seller with a secret key, or a buyer's browser with the publishable one. */
export type Caller = 'secret' | 'publishable';

/**
 * Finds the API key where Stripe accepts it: bearer token, user name of Basic, or field `key`.
 *
 * @param authorization the header, if there is one
 * @throws StripeFailure (401) when there is none or it is not a test key
 */
export function callerOf(authorization: string | undefined, form: Form): Caller {
  const key = keyIn(authorization) ?? form.text('key');
  if (!key) {
    throw notAuthenticated(
      'You did not provide an API key. You need to provide your API key in the Authorization ' +
        "header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    );
  }
  if (/^sk_test_\w+$/.test(key)) return 'secret';
  if (/^pk_test_\w+$/.test(key)) return 'publishable';
  throw notAuthenticated(`Invalid API Key provided: ${masked(key)}`);
}

/** The error of a publishable key for everything that a browser must not do (403). */
export function secretKeyRequired(): StripeFailure {
  const message =
    'This API call cannot be made with a publishable API key. Please use a secret API key. ' +
    'You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.';
  const body = { type: 'invalid_request_error', code: 'secret_key_required', message } as const;
  return new StripeFailure(403, body, false);
}

function keyIn(authorization: string | undefined): string | undefined {
  const [, scheme, credentials] = /^(\w+) +(\S+)$/.exec(authorization ?? '') ?? [];
  if (scheme === undefined || credentials === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return credentials;
  if (scheme.toLowerCase() !== 'basic') return undefined;
  return Buffer.from(credentials, 'base64').toString('utf8').split(':')[0];
}

/** Never the key itself: it may be a real one. */
function masked(key: string): string {
  return key.length <= 12 ? '*'.repeat(key.length) : `${key.slice(0, 8)}****${key.slice(-4)}`;
}
