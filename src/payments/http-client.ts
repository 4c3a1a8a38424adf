import http from 'node:http';
import https from 'node:https';
import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import Stripe from 'stripe';

type HttpClient = ReturnType<typeof Stripe.createNodeHttpClient>;
type HttpResponse = Awaited<ReturnType<HttpClient['makeRequest']>>;

/**
 * A call without a complete answer by then is aborted: a client is waiting for it, or a task that
 * will be retried. The SDK's own timeout covers neither connecting nor an answer that trickles in.
 */
export const TIMEOUT_MS = 3_000;

/**
 * After this many failures in a row the circuit opens: calls fail at once instead of waiting for
 * Stripe.
 */
const FAILURES = 5;
const PAUSE_MS = 2_000;

/**
 * The types of Stripe's errors: one of another type comes from elsewhere, from a gateway for
 * example.
 */
const ERROR_TYPES = new Set([
  'api_error',
  'card_error',
  'idempotency_error',
  'invalid_request_error',
]);

/**
 * The SDK's HTTP client with a deadline, a circuit breaker and a check that an answer is Stripe's:
 * the SDK accepts any JSON without an `error` as the answer, whatever its status, even a proxy's.
 *
 * @param protocol of all its calls
 */
export function createHttpClient(protocol: 'http' | 'https'): HttpClient {
  const options = { keepAlive: true, timeout: TIMEOUT_MS };
  const agent = protocol === 'http' ? new http.Agent(options) : new https.Agent(options);
  const client = Stripe.createNodeHttpClient(agent);
  const breaker = circuitBreaker(
    handleAll.orWhenResult((response) => statusOf(response) >= 500),
    { halfOpenAfter: PAUSE_MS, breaker: new ConsecutiveBreaker(FAILURES) },
  );
  const makeRequest = client.makeRequest.bind(client);
  client.makeRequest = (...args) =>
    breaker.execute(() => inTime(async () => withBody(await makeRequest(...args))));
  return client;
}

function statusOf(response: unknown): number {
  return (response as HttpResponse).getStatusCode();
}

async function inTime<T>(work: () => Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(Stripe.HttpClient.makeTimeoutError()), TIMEOUT_MS);
  try {
    return await Promise.race([work(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The response with its body read, if it is Stripe's: an object of its API or one of its errors.
 */
async function withBody(response: HttpResponse): Promise<HttpResponse> {
  const status = response.getStatusCode();
  const body: unknown = await response.toJSON().catch(() => undefined);
  if (!isError(body) && (status >= 400 || !isObject(body))) {
    throw new Error(`an answer that is not Stripe's, with status ${status}`);
  }
  response.toJSON = async () => body;
  return response;
}

function isError(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false;
  const { error } = body;
  if (typeof error !== 'object' || error === null || !('type' in error)) return false;
  return ERROR_TYPES.has(String(error.type));
}

function isObject(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'object' in body;
}
