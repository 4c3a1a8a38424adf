import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';

/** Finds the addresses of a host; what takes longer than the signal allows is given up. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<readonly LookupAddress[]>;

/** How long one question to a name server may take, in ms, and how often it is asked. */
const QUESTION = { timeout: 2_000, tries: 2 };

/**
 * Asks the DNS itself. Not `dns.lookup`: that waits in one of a process's four threads, which the
 * names of one slow name server would fill, and then Redis and Postgres cannot be connected to.
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
