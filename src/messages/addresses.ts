import { BlockList, isIP } from 'node:net';

/**
 * IPv4 that is not of the internet at large, by IANA's registry of special-purpose addresses: an
 * endpoint's URL must not make us call what only we can reach (SSRF).
 */
const SPECIAL_V4 = netsOf(
  'ipv4',
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 ' +
    '192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 ' +
    '224.0.0.0/4 240.0.0.0/4',
);

/**
 * Of IPv6 only global unicast is of the internet at large, and of that not what leads to IPv4 or is
 * for examples.
 */
const GLOBAL_V6 = netsOf('ipv6', '2000::/3');
const SPECIAL_V6 = netsOf('ipv6', '2001::/23 2001:db8::/32 2002::/16 3fff::/20');

const LOOPBACK_V4 = netsOf('ipv4', '127.0.0.0/8');
const LOOPBACK_V6 = netsOf('ipv6', '::1/128');

/**
 * Whether an IP address can be a public host's. IPv4 embedded in IPv6 cannot: it is never
 * published.
 */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !SPECIAL_V4.check(address, 'ipv4');
    case 6:
      return GLOBAL_V6.check(address, 'ipv6') && !SPECIAL_V6.check(address, 'ipv6');
    default:
      return false;
  }
}

/** Whether an IP address is this machine's own. */
export function isLoopbackAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return LOOPBACK_V4.check(address, 'ipv4');
    case 6:
      return LOOPBACK_V6.check(address, 'ipv6');
    default:
      return false;
  }
}

/** A list of nets, written as `address/bits` with spaces between. */
function netsOf(family: 'ipv4' | 'ipv6', nets: string): BlockList {
  const list = new BlockList();
  for (const net of nets.split(' ')) {
    const [address = '', bits] = net.split('/');
    list.addSubnet(address, Number(bits), family);
  }
  return list;
}
