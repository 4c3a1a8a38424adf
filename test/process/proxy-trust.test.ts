import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientAddress, type ProxyTrust, parseProxyTrust } from '../../src/process/proxy-trust.ts';

const trusting = (text: string): ProxyTrust => {
  const trust = parseProxyTrust(text);
  if (trust === undefined) throw new Error(`TRUST_PROXY=${text} is refused`);
  return trust;
};

describe('TRUST_PROXY', () => {
  it.each([
    ['true', 1],
    ['false', 0],
    ['off', 0],
    ['0', 0],
    ['9', 9],
  ])('%s means %i proxies', (text, hops) => {
    expect(parseProxyTrust(text)).toBe(hops);
  });

  it.each([
    ['10', 'more proxies than there can be'],
    ['-1', 'a number that is none'],
    ['yes', 'another word'],
    ['Loopback', 'a name in capitals'],
    ['10.0.0.0/33', 'more bits than there are'],
    ['2001:db8::/129', 'the same of IPv6'],
    ['10.0.0.0/', 'no bits'],
    ['10.0.0.0/8/8', 'two prefixes'],
    ['10.1.2.3/8', 'bits behind the prefix'],
    ['2001:db8::1/32', 'the same of IPv6'],
    ['10.8', 'an address in a short form'],
    ['010.0.0.1', 'an address that some read as octal'],
    ['0.0.0.0/0', 'all of IPv4'],
    ['::/0', 'all of IPv6'],
    ['::ffff:10.0.0.0/104', 'IPv4 as IPv6'],
    ['fe80::1%eth0', 'a zone'],
    ['proxy.example', 'a host name'],
    ['10.0.0.0/8,', 'nothing behind a comma'],
    ['1, 10.0.0.0/8', 'a number among networks'],
  ])('refuses %s: %s', (text) => {
    expect(parseProxyTrust(text)).toBeUndefined();
  });
});

describe('the client behind proxies', () => {
  const PROXY = '10.0.0.1';

  it.each([
    ['no proxy is trusted: the socket', '0', PROXY, '203.0.113.1', PROXY],
    ['one: what it wrote', '1', PROXY, '203.0.113.1, 203.0.113.2', '203.0.113.2'],
    ['two, not past what is no address', '2', PROXY, '203.0.113.1, x', PROXY],
    [
      'two: what the outer one wrote',
      '2',
      PROXY,
      '203.0.113.1, 203.0.113.2, 203.0.113.3',
      '203.0.113.2',
    ],
    ['fewer have written than are trusted', '3', PROXY, '203.0.113.1, 203.0.113.2', '203.0.113.1'],
    ['none has written', '1', PROXY, undefined, PROXY],
    ['one wrote nothing', '1', PROXY, '', PROXY],
    ['what was written is no address', '1', PROXY, '203.0.113.1, unknown', PROXY],
  ])('by number, %s', (_, trust, socket, header, client) => {
    expect(clientAddress(trusting(trust), socket, header)).toBe(client);
  });

  const NETS = '10.0.0.0/8, 2001:db8:1::/48, 192.0.2.7';
  it.each([
    ['the last that is not trusted', NETS, PROXY, '198.51.100.9, 203.0.113.2', '203.0.113.2'],
    ['past all that are', NETS, PROXY, '203.0.113.1, 10.9.9.9, 192.0.2.7', '203.0.113.1'],
    ['an IPv6 proxy', NETS, '2001:db8:1::5', '203.0.113.1', '203.0.113.1'],
    ['a proxy of both families', NETS, '::ffff:10.0.0.1', '203.0.113.1', '203.0.113.1'],
    ['the same in hexadecimal', NETS, '::ffff:a00:1', '203.0.113.1', '203.0.113.1'],
    ['all are trusted: the first', NETS, PROXY, '10.1.1.1, 10.2.2.2', '10.1.1.1'],
    ['the header of a stranger counts for nothing', NETS, '203.0.113.5', '1.2.3.4', '203.0.113.5'],
    ['nor of a neighbour of a proxy', NETS, '192.0.2.8', '1.2.3.4', '192.0.2.8'],
    ['nor of IPv6 elsewhere', NETS, '2001:db8:2::5', '1.2.3.4', '2001:db8:2::5'],
    ['not past what is no address', NETS, PROXY, '1.2.3.4, unknown, 10.2.2.2', '10.2.2.2'],
    ['nor past an empty one', NETS, PROXY, '1.2.3.4, , 10.2.2.2', '10.2.2.2'],
    ['an IPv4 client as IPv6', NETS, PROXY, '::ffff:203.0.113.1', '203.0.113.1'],
    ['with its port', NETS, PROXY, '203.0.113.2:5678', '203.0.113.2'],
    ['with the port of IPv6', NETS, PROXY, '[2001:DB8:2:0::1]:5678', '2001:db8:2::1'],
    ['in brackets', NETS, PROXY, '[2001:db8:2::1]', '2001:db8:2::1'],
    ['not in octal, which some read differently', NETS, PROXY, '0310.1.1.1', PROXY],
    ['nor as one number', NETS, PROXY, '3405803777', PROXY],
    ['by name: loopback', 'loopback', '::1', '203.0.113.1', '203.0.113.1'],
    ['by name: linklocal, in a zone', 'linklocal', 'fe80::1%eth0', '203.0.113.1', '203.0.113.1'],
    ['by name: uniquelocal', 'uniquelocal', '172.31.0.1', '203.0.113.1', '203.0.113.1'],
    ['another network than that of the name', 'uniquelocal', '172.32.0.1', '1.2.3.4', '172.32.0.1'],
    ['no socket any more', NETS, '', '203.0.113.1', ''],
  ])('by network, %s', (_, trust, socket, header, client) => {
    expect(clientAddress(trusting(trust), socket, header)).toBe(client);
  });

  it('is never what stands left of the last stranger, whatever that wrote', () => {
    const stranger = '203.0.113.9';
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6())), (forged) => {
        const header = [...forged, stranger, '10.5.5.5'].join(', ');
        expect(clientAddress(trusting(NETS), PROXY, header)).toBe(stranger);
        expect(clientAddress(trusting('2'), PROXY, header)).toBe(stranger);
      }),
    );
  });

  it('is an address whatever a proxy writes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), (text) => {
        expect(clientAddress(1, PROXY, text)).toMatch(/^[\d.]+$|^[\da-f:]+$/);
      }),
    );
  });
});
