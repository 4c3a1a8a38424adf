import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';

/** Resolves a host's addresses; aborted by the signal. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<readonly LookupAddress[]>;

/** Timeout of one query to a name server, in ms, and the number of attempts. */
const QUESTION = { timeout: 2_000, tries: 2 };

/**
 * Queries the DNS directly. Not `dns.lookup`: it blocks one of libuv's four threads, so one slow
 * name server could occupy them all, and then no connection to Redis or Postgres could be opened.
 *
 * @throws the error of the DNS where there is no address
 */
export const resolveByDns: Resolve = async (host, signal) => {
  if (host === 'localhost') return [{ address: '127.0.0.1', family: 4 }]; // RFC 6761
  const resolver = new Resolver(QUESTION);
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel);
  try {
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const found = [
      ...(v4.status === 'fulfilled' ? v4.value : []).map((address) => ({ address, family: 4 })),
      ...(v6.status === 'fulfilled' ? v6.value : []).map((address) => ({ address, family: 6 })),
    ];
    if (found.length === 0 && v4.status === 'rejected') throw v4.reason;
    return found;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
};
