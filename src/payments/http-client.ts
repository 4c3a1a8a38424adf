import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import Stripe from 'stripe';

type HttpClient = ReturnType<typeof Stripe.createNodeHttpClient>;
type HttpResponse = Awaited<ReturnType<HttpClient['makeRequest']>>;

/** After so many failures in a row Stripe is not called for a moment: everybody is told at once that it is away. */
const FAILURES = 5;
const PAUSE_MS = 2_000;

/**
 * The SDK's HTTP client, with a circuit breaker, and careful about whose answers it takes: the SDK takes any JSON without
 * an `error` for what was asked for, whatever its status, also that of a proxy in between.
 */
export function createHttpClient(): HttpClient {
  const client = Stripe.createNodeHttpClient();
  const breaker = circuitBreaker(
    handleAll.orWhenResult((response) => statusOf(response) >= 500),
    { halfOpenAfter: PAUSE_MS, breaker: new ConsecutiveBreaker(FAILURES) },
  );
  const makeRequest = client.makeRequest.bind(client);
  client.makeRequest = (...args) =>
    breaker.execute(async () => withStripesWord(await makeRequest(...args)));
  return client;
}

function statusOf(response: unknown): number {
  return (response as HttpResponse).getStatusCode();
}

/** The response with a body that is Stripe's: an object of its API or one of its errors. */
function withStripesWord(response: HttpResponse): HttpResponse {
  const toJSON = response.toJSON.bind(response);
  response.toJSON = async () => {
    const status = response.getStatusCode();
    const body: unknown = await toJSON().catch(() => undefined);
    if (isError(body) || (status < 400 && isObject(body))) return body;
    const error = new Error(`an answer that is not Stripe's, with status ${status}`);
    throw Stripe.HttpClient.makeResponseBodyError(error); // as when the connection breaks
  };
  return response;
}

function isError(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false;
  const { error } = body;
  return typeof error === 'object' && error !== null && 'type' in error;
}

function isObject(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'object' in body;
}
