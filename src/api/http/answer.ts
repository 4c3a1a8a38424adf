import { randomUUID } from 'node:crypto';
import type { Context, TypedResponse } from 'hono';
import type { ContentfulStatusCode, StatusCode } from 'hono/utils/http-status';
import type { JSONParsed } from 'hono/utils/types';
import type { ApiEnv } from './env.ts';
import { API_POLICY } from './policies.ts';

/** Headers of an answer, with names in lower case, as they are sent. */
export type AnswerHeaders = Record<string, string>;

/** JSON as Hono's types know it: its client is typed by them. */
type JsonAnswer<T, S extends StatusCode> = Response & TypedResponse<JSONParsed<T>, S, 'json'>;

type Body = ConstructorParameters<typeof Response>[0];

/** Longest request id taken from a caller: a longer or malformed one is replaced by ours. */
const MAX_REQUEST_ID = 64;

/** What no route changes, except for the policy: pages have others. */
const COMMON = {
  'content-security-policy': API_POLICY,
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/**
 * The headers that the answer to a request will have, whoever makes it: what is set here before the
 * answer is made is in it, an error's answer included.
 */
export function headersOf(c: Context<ApiEnv>): AnswerHeaders {
  const known = c.get('headers');
  if (known !== undefined) return known;
  const sent = c.req.header('x-request-id');
  const requestId = isRequestId(sent) ? sent : randomUUID();
  const headers = { ...COMMON, ...c.env.headers, 'x-request-id': requestId };
  c.set('headers', headers);
  return headers;
}

/** The id of a request: its own `X-Request-Id` if that is well-formed, otherwise a new one. */
export function requestIdOf(c: Context<ApiEnv>): string {
  return headersOf(c)['x-request-id'] ?? '';
}

function isRequestId(sent: string | undefined): sent is string {
  return sent !== undefined && sent.length <= MAX_REQUEST_ID && /^[\w\-=]+$/.test(sent);
}

/** No cache may store the answer. */
export function noStore(c: Context<ApiEnv>): void {
  headersOf(c)['cache-control'] = 'no-store';
}

/**
 * Makes an answer: the only function that does. It is made whole, with all its headers in a plain
 * object, because the adapter then writes them as they are; a header that is set later, or read,
 * makes it build objects that cost more than the rest of a request (decision 0067).
 */
export function send(
  c: Context<ApiEnv>,
  body: Body,
  status: StatusCode,
  headers: AnswerHeaders = {},
): Response {
  return new Response(body, { status, headers: { ...headersOf(c), ...headers } });
}

/** Answers with JSON: `c.json` with the headers of {@link send}. */
export function answer<const T extends object, S extends ContentfulStatusCode>(
  c: Context<ApiEnv>,
  value: T,
  status: S,
  headers?: AnswerHeaders,
): JsonAnswer<T, S> {
  return answerText<T, S>(c, JSON.stringify(value), status, headers);
}

/** The same with the text of a value that was made before. */
export function answerText<T extends object, S extends ContentfulStatusCode>(
  c: Context<ApiEnv>,
  text: string,
  status: S,
  headers?: AnswerHeaders,
): JsonAnswer<T, S> {
  const response = send(c, text, status, { 'content-type': 'application/json', ...headers });
  // Hono's types carry the value and the status of an answer, for its client; they are not in it.
  return response as unknown as JsonAnswer<T, S>;
}

/** Answers that what the caller has is current. */
export function answerUnchanged(c: Context<ApiEnv>, etag: string) {
  // As above: the type names the status.
  return send(c, null, 304, { etag }) as unknown as Response & TypedResponse<null, 304, 'body'>;
}

/** Whether the caller has what the ETag names; a HEAD counts as its GET. */
export function hasIt(c: Context<ApiEnv>, etag: string): boolean {
  const sent = c.req.header('if-none-match');
  if (sent === undefined) return false;
  if (sent === etag || sent === '*') return true;
  const tag = etag.replace(/^W\//, '');
  return sent.match(/"[^"]*"/g)?.includes(tag) ?? false;
}
