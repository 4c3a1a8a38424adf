import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { clientIp, countedAs, networkOf } from '../../../src/api/http/client-ip.ts';
import type { ApiEnv } from '../../../src/api/http/env.ts';

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::ffff:c000:207', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s counts as %s', (address, counted) => {
  expect(countedAs(address)).toBe(counted);
});

it.each([
  ['192.0.2.7', '192.0.2.0/24'],
  ['2001:db8:1:2::9', '2001:db8:1::/48'],
  ['::1', '0:0:0::/48'],
  ['', ''],
])('%s belongs to the network %s', (address, network) => {
  expect(networkOf(countedAs(address))).toBe(network);
});

it.each([
  ['no proxy is trusted: the socket', 0, '203.0.113.1', '192.0.2.1'],
  ['one: what it wrote', 1, '203.0.113.1, 203.0.113.2', '203.0.113.2'],
  ['two: what the outer one wrote', 2, '203.0.113.1, 203.0.113.2, 203.0.113.3', '203.0.113.2'],
  ['fewer have written than are trusted', 3, '203.0.113.1, 203.0.113.2', '203.0.113.1'],
  ['none has written', 1, '', '192.0.2.1'],
  ['what was written is no address', 1, 'unknown', '192.0.2.1'],
  ['it wrote the port too', 1, '203.0.113.1, 203.0.113.2:5678', '203.0.113.2'],
  ['it wrote the port of an IPv6 address', 1, '[2001:db8::1]:5678', '2001:db8:0:0::/64'],
  ['an IPv6 address', 1, '2001:db8::1', '2001:db8:0:0::/64'],
])('%s', async (_, hops, header, expected) => {
  const app = new Hono<ApiEnv>().get('/', (c) => c.text(clientIp(c, hops)));
  const socket = { remoteAddress: '192.0.2.1', remotePort: 1, remoteFamily: 'IPv4' };
  const request = new Request('http://localhost/', { headers: { 'x-forwarded-for': header } });
  const answer = await app.request(request, {}, { incoming: { socket } });
  expect(await answer.text()).toBe(expected);
});
