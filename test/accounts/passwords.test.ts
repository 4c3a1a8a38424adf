import { expect, test } from 'vitest';
import { Passwords } from '../../src/accounts/passwords.ts';
import { formatPhc, parsePhc } from '../../src/accounts/phc.ts';

const NETWORK = '192.0.2.0/24';

/** Of the reference implementation's own tests: "password" with the salt "somesalt". */
const KNOWN =
  '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';

test('reads what other libraries of Argon2 have made', async () => {
  const passwords = new Passwords();
  expect(await passwords.fits('password', KNOWN, NETWORK)).toBe(true);
  expect(await passwords.fits('passwore', KNOWN, NETWORK)).toBe(false);
  expect(formatPhc(parsePhc(KNOWN))).toBe(KNOWN);
});

test('hashes one password differently each time', async () => {
  const passwords = new Passwords();
  const [one, two] = await Promise.all([
    passwords.hash('horse', NETWORK),
    passwords.hash('horse', NETWORK),
  ]);
  expect(one).not.toBe(two);
  expect(await passwords.fits('horse', one, NETWORK)).toBe(true);
  expect(await passwords.fits('Horse', one, NETWORK)).toBe(false);
  expect(await passwords.fits('horse', undefined, NETWORK)).toBe(false);
});

test.each([
  ['hashing', (passwords: Passwords) => passwords.hash('horse', NETWORK)],
  // It takes its turn like any other: the same work is done where there is no account.
  ['looking for nobody', (passwords: Passwords) => passwords.fits('horse', undefined, NETWORK)],
])('makes those who are too many wait no longer: %s', async (_, work) => {
  const passwords = new Passwords();
  const outcomes = await Promise.allSettled(Array.from({ length: 110 }, () => work(passwords)));
  const refused = outcomes.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(110 - 102);
  for (const outcome of refused) {
    expect(outcome).toMatchObject({ reason: { code: 'unavailable' } });
  }
});

test.each(['', 'plain', '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8'])(
  'does not take "%s" for a hash',
  (text) => {
    expect(() => parsePhc(text)).toThrow('not an Argon2id hash');
  },
);
