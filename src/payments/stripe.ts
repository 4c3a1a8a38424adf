import Stripe from 'stripe';
import { createHttpClient, TIMEOUT_MS } from './http-client.ts';

/**
 * The Stripe SDK, as every part of Fairline speaks to Stripe.
 *
 * @param options.apiUrl another place than Stripe's, the local stand-in for example
 * @param options.retries how often a call is tried again under the same idempotency key, where somebody waits for it
 */
export function connectStripe(
  secretKey: string,
  options: { readonly apiUrl?: string | undefined; readonly retries: number },
): Stripe {
  const url = options.apiUrl === undefined ? undefined : new URL(options.apiUrl);
  return new Stripe(secretKey, {
    timeout: TIMEOUT_MS,
    maxNetworkRetries: options.retries,
    telemetry: false,
    httpClient: createHttpClient(url?.protocol === 'http:' ? 'http' : 'https'),
    ...(url === undefined ? {} : placeOf(url)),
  });
}

function placeOf({ protocol, hostname, port }: URL) {
  const isPlain = protocol === 'http:';
  return {
    protocol: isPlain ? ('http' as const) : ('https' as const),
    host: hostname,
    port: port || (isPlain ? 80 : 443),
  };
}

/**
 * Whether Stripe refuses a request for what it asks: trying the same again is in vain. Where somebody asks under a key
 * that was used for other parameters, it is not the request that is wrong.
 */
export function isRefused(error: unknown): error is Stripe.errors.StripeError {
  const { StripeInvalidRequestError, StripeCardError } = Stripe.errors;
  return error instanceof StripeInvalidRequestError || error instanceof StripeCardError;
}

/** Whether an error says that Stripe cannot answer now: no connection, its own trouble, too many calls, our key. */
export function isStripeAway(error: unknown): boolean {
  return error instanceof Stripe.errors.StripeError && !isRefused(error);
}

/** Whether Stripe answered with trouble of its own: something may have been done all the same. */
export function isServerError(error: unknown): boolean {
  return error instanceof Stripe.errors.StripeError && (error.statusCode ?? 0) >= 500;
}

/**
 * Whether nothing more can be had under an idempotency key: it repeats trouble of Stripe's, or it was used for other
 * parameters, by another version of ours.
 */
export function isKeySpent(error: unknown): boolean {
  if (!(error instanceof Stripe.errors.StripeError)) return false;
  if (error instanceof Stripe.errors.StripeIdempotencyError) return error.statusCode === 400;
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
