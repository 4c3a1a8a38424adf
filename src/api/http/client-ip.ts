import { isIPv4, isIPv6 } from 'node:net';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import ipaddr from 'ipaddr.js';
import { clientAddress, type ProxyTrust } from '../../process/proxy-trust.ts';
import type { ApiEnv } from './env.ts';

/**
 * The IP that a request is counted for: that of who asked (`clientAddress`). An IPv6 address counts
 * as its /64, which is what one customer gets.
 *
 * @param trust TRUST_PROXY
 */
export function clientIp(c: Context<ApiEnv>, trust: ProxyTrust): string {
  const socket = getConnInfo(c).remote.address ?? '';
  return countedAs(clientAddress(trust, socket, c.req.header('x-forwarded-for')));
}

/** An address, in its shortest form, as it is counted. */
function countedAs(address: string): string {
  if (!isIPv6(address)) return address;
  const parts = ipaddr.IPv6.parse(address).parts.slice(0, 4);
  return `${parts.map((part) => part.toString(16)).join(':')}::/64`;
}

/**
 * The network that an IP belongs to, as `clientIp` returns it: an IPv4 address's /24, an IPv6
 * address's /48. One who attacks has many addresses of one network rather than of many.
 */
export function networkOf(ip: string): string {
  if (isIPv4(ip)) return `${ip.split('.').slice(0, 3).join('.')}.0/24`;
  return ip.endsWith('::/64') ? `${ip.split(':').slice(0, 3).join(':')}::/48` : ip;
}
