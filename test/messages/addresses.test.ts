import { expect, it } from 'vitest';
import { isPublicAddress } from '../../src/messages/addresses.ts';
import { AddressRefused, post } from '../../src/messages/post.ts';
import { type Resolve, resolveByDns } from '../../src/messages/resolve.ts';
import { refuseUrl } from '../../src/messages/webhook-url.ts';
import { startReceiver } from '../support/receiver.ts';

it.each([
  ...['127.0.0.1', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254'],
  ...['100.64.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255', '192.0.2.1', '198.18.0.1'],
  ...[
    '::1',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'fd00::1',
    'ff02::1',
    '::ffff:10.0.0.1',
    '::ffff:8.8.8.8',
  ],
  ...['64:ff9b::a00:1', '2002:a00:1::', '2001::1', '2001:db8::1', 'example.org', ''],
])('%s is not of the internet', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

it.each([
  ...['8.8.8.8', '172.15.0.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1'],
])('%s is of the internet', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

const strict = { allowLocal: false };
const local = { allowLocal: true };

it.each([
  ...['https://shop.example/hook', 'https://shop.example:8443/hook?a=b', 'https://8.8.8.8/'],
])('takes %s', (url) => {
  expect(refuseUrl(url, strict)).toBeUndefined();
});

it.each([
  ...['http://shop.example/', 'https://127.0.0.1/', 'https://localhost/', 'https://[::1]/', 'x'],
  ...[
    'https://0x7f.1/',
    'https://2130706433/',
    'https://[::ffff:127.0.0.1]/',
    'ftp://shop.example',
  ],
  ...['https://user@shop.example/', 'https://user:pass@shop.example/', 'file:///etc/passwd'],
  ...['https://169.254.169.254/latest/meta-data', 'http://127.0.0.1:3000/'],
])('refuses %s', (url) => {
  expect(refuseUrl(url, strict)).toBeDefined();
});

it('takes http locally, to this machine alone', () => {
  for (const url of ['http://127.0.0.1:3000/', 'http://localhost:3000/', 'https://10.0.0.1/']) {
    expect(refuseUrl(url, local)).toBeUndefined();
  }
  for (const url of ['http://10.0.0.1/', 'http://shop.example/']) {
    expect(refuseUrl(url, local)).toBeDefined();
  }
});

/** A DNS whose names resolve as an attacker wants. */
const dnsOf =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
const posting = (url: string) => ({ url, headers: {}, body: '{}', timeoutMs: 2_000 });

it('looks at the address when it calls: a name that leads inside is not called', async () => {
  const receiver = await startReceiver();
  const { port } = new URL(receiver.url);
  const url = `https://shop.example:${port}/hook`;
  for (const addresses of [
    ['127.0.0.1'],
    ['8.8.8.8', '127.0.0.1'],
    ['::1'],
    ['::ffff:127.0.0.1'],
  ]) {
    const called = post(posting(url), strict, dnsOf(...addresses));
    await expect(called).rejects.toThrow(AddressRefused);
  }
  // Locally the same name is called: what stopped it was the look at its address.
  await expect(post(posting(url), local, dnsOf('127.0.0.1'))).rejects.toThrow(/SSL|TLS|ssl/i);
  receiver.stop();
});

it('calls an address that stands in the URL only where that is allowed', async () => {
  const receiver = await startReceiver();
  await expect(post(posting(receiver.url), strict)).rejects.toThrow(AddressRefused);
  expect(receiver.received).toEqual([]);
  expect(await post(posting(receiver.url), local)).toEqual({ status: 204, answer: '' });
  receiver.stop();
});

it('waits for a DNS that does not answer as long as for a whole call', async () => {
  const silent: Resolve = (_, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('cancelled')));
    });
  const url = 'https://shop.example/hook';
  const called = post({ ...posting(url), timeoutMs: 50 }, strict, silent);
  await expect(called).rejects.toThrow(/cancelled|timeout/);
});

it('asks the DNS: what is no name leads nowhere, and localhost is this machine', async () => {
  const signal = AbortSignal.timeout(10_000);
  expect(await resolveByDns('localhost', signal)).toEqual([{ address: '127.0.0.1', family: 4 }]);
  await expect(resolveByDns('no-such-name.invalid', signal)).rejects.toThrow(/query/);
});
