import Stripe from 'stripe';
import { createHttpClient, TIMEOUT_MS } from './http-client.ts';

/**
 * The Stripe SDK, configured as every part of Fairline uses it.
 *
 * @param options.apiUrl a base URL other than Stripe's, that of the local stand-in for example
 * @param options.retries how often a call is retried under the same idempotency key, where a client
 *   waits for it
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
 * Whether Stripe refuses a request for its content: retrying it as it is cannot succeed. A key that
 * was used for other parameters does not count: there the request itself is fine.
 */
export function isRefused(error: unknown): error is Stripe.errors.StripeError {
  const { StripeInvalidRequestError, StripeCardError } = Stripe.errors;
  return error instanceof StripeInvalidRequestError || error instanceof StripeCardError;
}

/**
 * Whether an error means that Stripe is unavailable: no connection, a server error, too many calls,
 * our key.
 */
export function isStripeAway(error: unknown): boolean {
  return error instanceof Stripe.errors.StripeError && !isRefused(error);
}

/** Whether Stripe answered with a server error: the call may have taken effect all the same. */
export function isServerError(error: unknown): boolean {
  return error instanceof Stripe.errors.StripeError && (error.statusCode ?? 0) >= 500;
}

/**
 * Whether an idempotency key is spent: it replays a server error, or it was used for other
 * parameters, by another version of ours.
 */
export function isKeySpent(error: unknown): boolean {
  if (!(error instanceof Stripe.errors.StripeError)) return false;
  if (error instanceof Stripe.errors.StripeIdempotencyError) return error.statusCode === 400;
  return isServerError(error) && error.headers?.['idempotent-replayed'] === 'true';
}

/** The id of something that Stripe gives as an id or as an expanded object. */
export function idOf(object: string | { readonly id: string } | null): string | undefined {
  return typeof object === 'string' ? object : object?.id;
}

/** Whether Stripe says that there is no such thing. */
export function isMissing(error: unknown): boolean {
  return error instanceof Stripe.errors.StripeError && error.code === 'resource_missing';
}
