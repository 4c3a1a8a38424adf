import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { hostOf, isAllowed, refuseUrl, type WebhookPolicy } from './webhook-url.ts';

/** Where an endpoint leads may not be called. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

/** Bytes of an answer that are read: more than are kept. */
const READ_BYTES = 1_024;

export interface Posting {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For the whole call, from the name to the end of the answer. */
  readonly timeoutMs: number;
}

/**
 * Posts to an endpoint, without following redirects. The address that is called is looked at when
 * it is called, so that a name that leads elsewhere by then helps nobody.
 *
 * @param lookup asks the DNS
 * @throws AddressRefused, TimeoutError, or the connection's error
 */
export async function post(
  { url: text, headers, body, timeoutMs }: Posting,
  policy: WebhookPolicy,
  lookup = dnsLookup,
): Promise<{ status: number; answer: string }> {
  const why = refuseUrl(text, policy);
  if (why !== undefined) throw new AddressRefused(`the URL ${why}`);
  const url = new URL(text);
  const allows = (address: string) => isAllowed(address, url.protocol, policy);
  const signal = AbortSignal.timeout(timeoutMs);
  const options: RequestOptions = {
    method: 'POST',
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    // A connection of its own: one that is kept was looked at for another name.
    agent: false,
    lookup: lookupAllowed(lookup, allows),
    signal,
  };
  // What is an address already is not looked up.
  const host = hostOf(url);
  if (isIP(host) !== 0 && !allows(host)) throw new AddressRefused(REFUSED);
  const request =
    url.protocol === 'https:' ? https.request(url, options) : http.request(url, options);
  const answered = Promise.withResolvers<IncomingMessage>();
  request.on('response', answered.resolve);
  request.on('error', answered.reject);
  // What ends otherwise, as an upgrade that nobody asked for does, is no answer either.
  request.on('close', () => answered.reject(new Error('no answer')));
  request.end(body);
  try {
    const response = await answered.promise;
    return { status: response.statusCode ?? 0, answer: await readBeginning(response) };
  } catch (error) {
    signal.throwIfAborted(); // whatever the connection makes of it
    throw error;
  } finally {
    request.destroy();
  }
}

const REFUSED = 'it leads to an address that is not of the internet';

/** Looks names up, and fails where one of their addresses may not be called. */
function lookupAllowed(
  lookup: typeof dnsLookup,
  allows: (address: string) => boolean,
): LookupFunction {
  return (hostname, options, callback) => {
    const done = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) return callback(error ?? new Error(REFUSED), []);
      if (!addresses.every(({ address }) => allows(address))) {
        return callback(new AddressRefused(REFUSED), []);
      }
      if (options.all) return callback(null, addresses);
      return callback(null, first.address, first.family);
    };
    lookup(hostname, { ...options, all: true }, done);
  };
}

async function readBeginning(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes >= READ_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, READ_BYTES).toString('utf8');
}
