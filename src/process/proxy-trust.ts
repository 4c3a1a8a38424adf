import { isIP, isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A network: an address and how many of its bits are the network's. */
type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/**
 * Which proxies are believed when they say, in `X-Forwarded-For`, who asked them: how many stand
 * before the API (0: none), or the networks that they are in.
 */
export type ProxyTrust = number | readonly Network[];

/** Networks that have a name, as in Express. */
const NAMED: Readonly<Record<string, string>> = {
  loopback: '127.0.0.0/8, ::1/128',
  linklocal: '169.254.0.0/16, fe80::/10',
  uniquelocal: '10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7',
};

/**
 * Reads TRUST_PROXY.
 *
 * @param text `true` (one proxy), `false`, `off`, a digit, or networks, addresses and names of
 *   networks, separated by commas
 * @returns undefined where it is none of them
 */
export function parseProxyTrust(text: string): ProxyTrust | undefined {
  if (text === 'true') return 1;
  if (text === 'false' || text === 'off') return 0;
  if (/^\d$/.test(text)) return Number(text);
  const networks = splitList(text)
    .flatMap((one) => splitList(NAMED[one] ?? one))
    .map(parseNetwork);
  return networks.every((one) => one !== undefined) ? networks : undefined;
}

/**
 * An address, or a network without bits behind its prefix: `10.1.2.3/8` is a mistake, and of two
 * readings one lets strangers in. So are all addresses, who could then call themselves anything.
 */
function parseNetwork(text: string): Network | undefined {
  const [address = '', prefix, ...more] = text.split('/');
  const family = address.includes('%') ? 0 : isIP(address);
  const most = family === 4 ? 32 : 128;
  const bits = Number(/^\d{1,3}$/.exec(prefix ?? String(most))?.[0]);
  if (family === 0 || more.length > 0 || !(bits >= 1 && bits <= most)) return undefined;
  const parsed = ipaddr.parse(address);
  // IPv4 is compared as such, however it arrived.
  if (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress()) return undefined;
  const Family = family === 4 ? ipaddr.IPv4 : ipaddr.IPv6;
  const first = Family.networkAddressFromCIDR(`${address}/${bits}`);
  const isWhole = first.toString() === parsed.toString();
  return isWhole ? [parsed, bits] : undefined;
}

/**
 * The address of who asked: that of the socket or, where a trusted proxy is at its other end, what
 * that proxy wrote last into `X-Forwarded-For`, and so on, from the right to the left, to the first
 * that is not trusted. What stands further left anybody may have written. Where something else than
 * an address was written, the proxy that wrote it counts.
 *
 * @param socket the address at the other end of the connection
 * @param forwardedFor the header; several of them joined by commas
 * @returns the address in its shortest form, IPv4 also where it came as IPv6; '' where even the
 *   socket has none
 */
export function clientAddress(
  trust: ProxyTrust,
  socket: string,
  forwardedFor: string | undefined,
): string {
  let client = plain(socket) ?? '';
  const written = forwardedFor?.split(',').reverse() ?? [];
  for (const [hop, text] of written.entries()) {
    if (!isTrusted(trust, client, hop)) break;
    const before = plain(withoutPort(text.trim()));
    if (before === undefined) break;
    client = before;
  }
  return client;
}

function isTrusted(trust: ProxyTrust, address: string, hop: number): boolean {
  if (typeof trust === 'number') return hop < trust;
  if (address === '') return false;
  const proxies = [...trust];
  return ipaddr.subnetMatch(ipaddr.parse(address), { proxies }, '') === 'proxies';
}

/** Some proxies include the port: `192.0.2.1:5678`, `[2001:db8::1]:5678`. */
function withoutPort(address: string): string {
  const match = /^\[(.+)\](?::\d+)?$/.exec(address) ?? /^([\d.]+):\d+$/.exec(address);
  return match?.[1] ?? address;
}

/** The library takes `1` and `0x7f.1` for addresses, too: Node's stricter rule is asked first. */
function plain(text: string): string | undefined {
  // The most frequent forms of sockets need no library.
  const dotted = text.startsWith('::ffff:') ? text.slice(7) : text;
  if (isIPv4(dotted)) return dotted;
  const [address = ''] = text.split('%');
  return isIP(address) === 0 ? undefined : ipaddr.process(address).toString();
}

function splitList(text: string): string[] {
  return text.split(',').map((one) => one.trim());
}
