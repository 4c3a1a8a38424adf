import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { clientIp, networkOf } from '../../../src/api/http/client-ip.ts';
import type { ApiEnv } from '../../../src/api/http/env.ts';
import type { ProxyTrust } from '../../../src/process/proxy-trust.ts';

/** What a request from an address, with X-Forwarded-For, is counted for. */
async function countedFor(remoteAddress: string, header?: string, trust: ProxyTrust = 0) {
  const app = new Hono<ApiEnv>().get('/', (c) => c.text(clientIp(c, trust)));
  const socket = { remoteAddress, remotePort: 1, remoteFamily: 'IPv4' };
  const headers = header === undefined ? {} : { 'x-forwarded-for': header };
  const request = new Request('http://localhost/', { headers });
  return (await app.request(request, {}, { incoming: { socket } })).text();
}

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::ffff:c000:207', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s counts as %s', async (address, counted) => {
  expect(await countedFor(address)).toBe(counted);
});

it.each([
  ['192.0.2.7', '192.0.2.0/24'],
  ['2001:db8:1:2::9', '2001:db8:1::/48'],
  ['::1', '0:0:0::/48'],
  ['', ''],
])('%s belongs to the network %s', async (address, network) => {
  expect(networkOf(await countedFor(address))).toBe(network);
});

it('counts for whom a trusted proxy asks', async () => {
  expect(await countedFor('192.0.2.1', '203.0.113.1, 203.0.113.2', 1)).toBe('203.0.113.2');
  expect(await countedFor('192.0.2.1', '203.0.113.1, 203.0.113.2', 0)).toBe('192.0.2.1');
  expect(await countedFor('192.0.2.1', '[2001:db8::1]:5678', 1)).toBe('2001:db8:0:0::/64');
});
