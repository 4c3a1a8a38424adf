import { isIPv6 } from 'node:net';

/** Stand for all interfaces. */
const ANY = ['0.0.0.0', '::'];

/** The URL at which this machine reaches what listens at a host and a port. */
export function ownUrl(host: string, port: number | string): string {
  const reached = ANY.includes(host) ? '127.0.0.1' : host;
  return `http://${isIPv6(reached) ? `[${reached}]` : reached}:${port}`;
}
