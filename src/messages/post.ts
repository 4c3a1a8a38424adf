import type { LookupAddress } from 'node:dns';
import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { type Resolve, resolveByDns } from './resolve.ts';
import { hostOf, isAllowed, refuseUrl, type WebhookPolicy } from './webhook-url.ts';

/** An endpoint resolves to an address that may not be called. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

/** Bytes of a response that are read: more than are kept. */
const READ_BYTES = 1_024;

export interface Posting {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For the whole call, from resolving the name to the end of the response. */
  readonly timeoutMs: number;
}

/**
 * Posts to an endpoint, without following redirects. It connects to exactly the addresses that were
 * checked, which defeats DNS rebinding.
 *
 * @returns the status, and the beginning of the body as far as it arrived in time
 * @throws AddressRefused, TimeoutError, or the connection's error
 */
export async function post(
  { url: text, headers, body, timeoutMs }: Posting,
  policy: WebhookPolicy,
  resolve: Resolve = resolveByDns,
): Promise<{ status: number; answer: string }> {
  const why = refuseUrl(text, policy);
  if (why !== undefined) throw new AddressRefused(`the URL ${why}`);
  const url = new URL(text);
  const signal = AbortSignal.timeout(timeoutMs);
  const options: RequestOptions = {
    method: 'POST',
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    // A connection of its own: a pooled one was checked for another name.
    agent: false,
    lookup: only(await findAllowed(url, policy, resolve, signal)),
    signal,
  };
  const request =
    url.protocol === 'https:' ? https.request(url, options) : http.request(url, options);
  const answered = Promise.withResolvers<IncomingMessage>();
  request.on('response', answered.resolve);
  request.on('error', answered.reject);
  // Any other end, such as an unsolicited upgrade, is no answer either.
  request.on('close', () => answered.reject(new Error('no answer')));
  request.end(body);
  try {
    const response = await answered.promise;
    return { status: response.statusCode ?? 0, answer: await readBeginning(response) };
  } catch (error) {
    signal.throwIfAborted(); // takes precedence over the connection's error
    throw error;
  } finally {
    request.destroy();
  }
}

const REFUSED = 'it leads to an address that is not of the internet';

/** The addresses that an endpoint resolves to; all of them must be allowed. */
async function findAllowed(
  url: URL,
  policy: WebhookPolicy,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<readonly LookupAddress[]> {
  const host = hostOf(url);
  const family = isIP(host);
  const found = family === 0 ? await resolve(host, signal) : [{ address: host, family }];
  signal.throwIfAborted();
  if (!found.every(({ address }) => isAllowed(address, url.protocol, policy))) {
    throw new AddressRefused(REFUSED);
  }
  return found;
}

/** A lookup that returns only these addresses. */
function only(addresses: readonly LookupAddress[]): LookupFunction {
  return (_hostname, options, callback) => {
    const [first] = addresses;
    if (first === undefined) return callback(new Error('its name has no address'), []);
    if (options.all) return callback(null, [...addresses]);
    return callback(null, first.address, first.family);
  };
}

/**
 * The beginning of a body. The status decides the result: a body that breaks off changes nothing.
 */
async function readBeginning(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (bytes >= READ_BYTES) break;
    }
  } catch {
    // The status has arrived; of the body, what arrived in time is kept.
  }
  return Buffer.concat(chunks).subarray(0, READ_BYTES).toString('utf8');
}
