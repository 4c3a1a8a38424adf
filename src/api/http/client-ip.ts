import { isIPv4, isIPv6 } from 'node:net';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import type { ApiEnv } from './env.ts';

/**
 * The IP that a request is counted for: the socket's address, or behind trusted proxies the one
 * that the outermost of them saw, as recorded in X-Forwarded-For. Earlier entries of the header are
 * untrusted. An IPv6 address counts as its /64, which is what one customer gets.
 *
 * @param hops how many proxies are trusted; 0: none, and the header is not read
 */
export function clientIp(c: Context<ApiEnv>, hops: number): string {
  const socket = getConnInfo(c).remote.address ?? '';
  return countedAs(forwardedFor(c.req.header('x-forwarded-for') ?? '', hops) ?? socket);
}

function forwardedFor(header: string, hops: number): string | undefined {
  if (hops === 0) return undefined;
  const addresses = header.split(',').map((address) => address.trim());
  const found = withoutPort(addresses.at(-hops) ?? addresses[0] ?? '');
  return isIPv4(found) || isIPv6(found) ? found : undefined;
}

/** Some proxies include the port: `192.0.2.1:5678`, `[2001:db8::1]:5678`. */
function withoutPort(address: string): string {
  const match = /^\[(.+)\](?::\d+)?$/.exec(address) ?? /^([\d.]+):\d+$/.exec(address);
  return match?.[1] ?? address;
}

/** An address in its canonical form for counting. */
export function countedAs(address: string): string {
  const plain = address.split('%')[0] ?? '';
  if (!isIPv6(plain)) return address;
  // A URL normalises it to its shortest form, in hexadecimal throughout.
  const shortest = new URL(`http://[${plain}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(shortest)?.slice(1);
  if (mapped !== undefined) {
    const bytes = mapped.flatMap((part) => [parseInt(part, 16) >> 8, parseInt(part, 16) & 255]);
    return bytes.join('.');
  }
  const [head = '', tail] = shortest.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}

/**
 * The network that an IP belongs to, as `clientIp` returns it: an IPv4 address's /24, an IPv6
 * address's /48. One who attacks has many addresses of one network rather than of many.
 */
export function networkOf(ip: string): string {
  if (isIPv4(ip)) return `${ip.split('.').slice(0, 3).join('.')}.0/24`;
  return ip.endsWith('::/64') ? `${ip.split(':').slice(0, 3).join(':')}::/48` : ip;
}
