import Stripe from 'stripe';

/**
 * A call that takes longer is given up, and tried once more under the same idempotency key: whoever asked for it waits,
 * or a job that will be tried again.
 */
const TIMEOUT_MS = 3_000;
const RETRIES = 1;

/**
 * The Stripe SDK, as every part of Fairline speaks to Stripe.
 *
 * @param apiUrl another place than Stripe's, the local stand-in for example
 */
export function connectStripe(secretKey: string, apiUrl?: string): Stripe {
  const url = apiUrl === undefined ? undefined : new URL(apiUrl);
  return new Stripe(secretKey, {
    timeout: TIMEOUT_MS,
    maxNetworkRetries: RETRIES,
    telemetry: false,
    ...(url === undefined
      ? {}
      : {
          protocol: url.protocol === 'http:' ? ('http' as const) : ('https' as const),
          host: url.hostname,
          port: url.port || (url.protocol === 'http:' ? 80 : 443),
        }),
  });
}

/** Whether an error says that Stripe cannot answer now: no connection, its own trouble, too many calls, our key. */
export function isStripeAway(error: unknown): boolean {
  if (!(error instanceof Stripe.errors.StripeError)) return false;
  const { statusCode } = error;
  if (statusCode === undefined) return error instanceof Stripe.errors.StripeConnectionError;
  return statusCode >= 500 || [401, 403, 409, 429].includes(statusCode);
}

/** Whether Stripe answered with trouble of its own: something may have been done all the same. */
export function isServerError(error: unknown): error is Stripe.errors.StripeError {
  return error instanceof Stripe.errors.StripeError && (error.statusCode ?? 0) >= 500;
}

/** Whether such an answer is the first one to an idempotency key once more: the key is spent. */
export function isKeySpent(error: unknown): boolean {
  return isServerError(error) && error.headers?.['idempotent-replayed'] === 'true';
}

/** The id of what Stripe gives as an id or as an object. */
export function idOf(object: string | { readonly id: string } | null): string | undefined {
  return typeof object === 'string' ? object : object?.id;
}

/** Whether Stripe says that there is no such thing. */
export function isMissing(error: unknown): boolean {
  return error instanceof Stripe.errors.StripeError && error.code === 'resource_missing';
}

/** Whether Stripe refuses a request for what it asks: trying again is in vain. */
export function isRefused(error: unknown): error is Stripe.errors.StripeInvalidRequestError {
  return error instanceof Stripe.errors.StripeInvalidRequestError && !isStripeAway(error);
}
