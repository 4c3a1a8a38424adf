import { type ClientResponse, hc } from 'hono/client';
import type { SuccessStatusCode } from 'hono/utils/http-status';
import type { Api } from '../../api/app.ts';
import { problemOf, Unreachable } from './problem.ts';

/** The API's routes, typed by their own definitions: docs/client.md. */
export type ApiClient = ReturnType<typeof hc<Api>>['api'];

type Fetch = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

/** A client without authentication. */
export function openClient(origin: string, send: Fetch): ApiClient {
  return hc<Api>(origin, { fetch: orUnreachable(send) }).api;
}

/**
 * A client that authenticates every call, and retries it once with a new access token when the API
 * refuses the first.
 *
 * @param tokenFor returns an access token other than the refused one; undefined when signed out
 */
export function ownClient(
  origin: string,
  send: Fetch,
  tokenFor: (refused?: string) => Promise<string | undefined>,
): ApiClient {
  const reach = orUnreachable(send);
  const authorized: Fetch = async (input, init) => {
    const token = await tokenFor();
    const response = await reach(input, withToken(init, token));
    if (response.status !== 401 || token === undefined) return response;
    const another = await tokenFor(token);
    return another === undefined ? response : reach(input, withToken(init, another));
  };
  return hc<Api>(origin, { fetch: authorized }).api;
}

type Answered<R> =
  R extends ClientResponse<infer T, infer S, 'json'>
    ? S extends SuccessStatusCode
      ? T
      : never
    : never;

/**
 * The body of a successful call.
 *
 * @throws ApiProblem when the API refuses, Unreachable when there is no answer
 */
export async function answered<R extends ClientResponse<unknown, number, string>>(
  call: Promise<R>,
): Promise<Answered<R>> {
  const response = await call;
  // Hono's client types its response as a subset of `Response`, which it is at run time.
  if (!response.ok) throw await problemOf(response as unknown as Response);
  return (await response.json()) as Answered<R>;
}

function withToken(init: RequestInit | undefined, token: string | undefined): RequestInit {
  const headers = new Headers(init?.headers);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  return { ...init, headers };
}

/**
 * What its caller aborted rethrows as it is; any other failure, the end of a time limit too, means
 * that the API was not reached.
 */
function orUnreachable(send: Fetch): Fetch {
  return async (input, init) => {
    try {
      return await send(input, init);
    } catch (error) {
      if (init?.signal?.aborted && init.signal.reason?.name !== 'TimeoutError') throw error;
      throw new Unreachable('no answer', { cause: error });
    }
  };
}
