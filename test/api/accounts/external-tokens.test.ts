import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CryptoKey,
  decodeJwt,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWK,
  SignJWT,
} from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { AccessTokens } from '../../../src/api/tokens/access-token.ts';
import { ExternalTokens } from '../../../src/api/tokens/external-tokens.ts';
import { CLOCK_TOLERANCE_MS } from '../../../src/domain/clock.ts';
import { DomainError } from '../../../src/domain/errors.ts';
import { Client } from '../../support/client.ts';
import { silent } from '../../support/database.ts';
import { SECRET, startSystem, type TestSystem } from '../../support/system.ts';

const ISSUER = 'https://people.example/';
const AUDIENCE = 'shop';

/** An identity provider: publishes the keys that it is given. */
interface Provider {
  readonly url: string;
  readonly keys: JWK[];
  requests: number;
  /** Answers 503. */
  isAway: boolean;
  close(): Promise<void>;
}

interface SignOptions {
  readonly alg?: string;
  readonly kid?: string;
  readonly expires?: string | number;
  readonly key?: CryptoKey | Uint8Array;
}

describe('tokens of an identity provider', () => {
  let provider: Provider;
  let system: TestSystem;
  let client: Client;
  let key: CryptoKey;
  let publicKey: CryptoKey;
  beforeAll(async () => {
    provider = await startProvider();
    ({ privateKey: key, publicKey } = await publish(provider, 'one'));
    system = await startSystem({
      auth: {
        identityProvider: {
          ...{ jwksUrl: provider.url, issuer: ISSUER, audience: AUDIENCE },
          adminClaim: { name: 'groups', value: 'sellers' },
        },
      },
    });
    client = new Client(system.url);
  });
  afterAll(async () => {
    await system.stop();
    await provider.close();
  });

  const sign = (claims: object = {}, options: SignOptions = {}) => {
    const { alg = 'ES256', kid = 'one', expires = '1 hour' } = options;
    return new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: 'ann', ...claims })
      .setProtectedHeader({ alg, kid })
      .setExpirationTime(expires)
      .sign(options.key ?? key);
  };
  const me = (token: string) => client.call('GET', '/api/me', { token });

  it('name a buyer by issuer and subject', async () => {
    const answer = await me(await sign({ email: 'ann@example.org', role: 'admin' }));
    expect(answer).toMatchObject({ status: 200 });
    const user = { email: 'ann@example.org', name: null, role: 'buyer' };
    expect(answer.body).toEqual({ user: { id: `${ISSUER} ann`, ...user } });
  });

  it("buy and see their own, and nobody else's of the same subject", async () => {
    system.startWorker();
    const token = await sign();
    const sale = await client.createSale();
    const { ticketId, status } = await client.buy(sale, token);
    expect(status).toBe('held');
    expect(await client.orders(token)).toMatchObject([{ ticketId }]);
    expect(await client.orders(await client.token('ann'))).toEqual([]);
    await system.stopWorker();
  });

  it('make an admin only by the configured claim', async () => {
    const roleOf = async (claims: object) => (await me(await sign(claims))).body;
    const admin = { user: { role: 'admin' } };
    const buyer = { user: { role: 'buyer' } };
    expect(await roleOf({ groups: 'sellers' })).toMatchObject(admin);
    expect(await roleOf({ groups: ['staff', 'sellers'] })).toMatchObject(admin);
    expect(await roleOf({ groups: ['resellers'] })).toMatchObject(buyer);
    expect(await roleOf({ groups: 'sellers and buyers' })).toMatchObject(buyer);
    expect(await roleOf({ groups: { sellers: true } })).toMatchObject(buyer);
  });

  it('are fetched keys for once', async () => {
    const before = provider.requests;
    await me(await sign({ sub: 'bob' }));
    await me(await sign({ sub: 'cid' }));
    expect(provider.requests).toBe(before);
    expect(before).toBe(1);
  });

  it.each([
    ['another issuer', () => sign({ iss: 'https://elsewhere.example/' })],
    ['our issuer', () => sign({ iss: 'fairline', aud: 'fairline-api', role: 'admin' })],
    ['another audience', () => sign({ aud: 'elsewhere' })],
    ['no audience', () => sign({ aud: undefined })],
    ['an end that has come', () => sign({}, { expires: 1_000 })],
    ['no subject', () => sign({ sub: undefined })],
    ['an empty subject', () => sign({ sub: '' })],
    ['a subject that no table keeps', () => sign({ sub: 'a\0b' })],
    ['a key that is not published', async () => sign({}, { key: await otherKey() })],
    ['the name of a key that is not published', () => sign({}, { kid: 'two' })],
    ['HS256 and the public key as secret', () => signWithPublicKey('pem')],
    ['HS256 and the public key as JSON', () => signWithPublicKey('jwk')],
    ['alg none', async () => unsigned()],
  ])('are refused with %s', async (_, make) => {
    expect(await me(await make())).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated' },
    });
  });

  it('stand beside tokens of ours', async () => {
    const answer = await me(await client.token('ann', 'admin'));
    expect(answer).toMatchObject({ status: 200, body: { user: { id: 'ann', role: 'admin' } } });
  });

  async function signWithPublicKey(form: 'pem' | 'jwk') {
    const text =
      form === 'pem' ? await exportSPKI(publicKey) : JSON.stringify(await exportJWK(publicKey));
    const claims = { iss: 'fairline', aud: 'fairline-api', role: 'admin' };
    return new SignJWT({ ...claims, sub: 'ann' })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'one' })
      .setExpirationTime('1 hour')
      .sign(new TextEncoder().encode(text));
  }
});

describe('keys of an identity provider', () => {
  const providers: Provider[] = [];
  afterEach(async () => {
    vi.useRealTimers();
    for (const provider of providers.splice(0)) await provider.close();
  });
  const start = async () => {
    const provider = await startProvider();
    providers.push(provider);
    return provider;
  };
  const signed = (key: CryptoKey, claims: object = {}) =>
    new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: 'ann', ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setExpirationTime('1 hour')
      .sign(key);
  const tokensFor = (jwksUrl: string) =>
    new AccessTokens([SECRET], new ExternalTokens({ jwksUrl, audience: AUDIENCE }, silent));

  it('that cannot be had make nobody a stranger: 503, not 401', async () => {
    const provider = await start();
    const { privateKey } = await publish(provider, 'one');
    const tokens = tokensFor(`${provider.url}/elsewhere`);
    const verified = tokens.verify(await signed(privateKey));
    await expect(verified).rejects.toMatchObject({ code: 'unavailable' });
    await expect(verified).rejects.toBeInstanceOf(DomainError);
  });

  it('are of a clock that may be behind ours by some seconds', async () => {
    const provider = await start();
    const { privateKey } = await publish(provider, 'one');
    const { url: jwksUrl } = provider;
    const external = (nowMs: () => number) =>
      new ExternalTokens({ jwksUrl, audience: AUDIENCE }, silent, nowMs);
    const token = await signed(privateKey);
    const endsAtMs = Number(decodeJwt(token).exp) * 1_000;
    const within = external(() => endsAtMs + CLOCK_TOLERANCE_MS - 1_000);
    expect(await within.verify(token)).toMatchObject({
      buyer: `${ISSUER} ann`,
      untilMs: endsAtMs + CLOCK_TOLERANCE_MS,
    });
    const over = external(() => endsAtMs + CLOCK_TOLERANCE_MS);
    await expect(over.verify(token)).rejects.toMatchObject({ code: 'ERR_JWT_EXPIRED' });
  });

  it('that are taken back end their tokens, also those seen before', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const provider = await start();
    const { privateKey } = await publish(provider, 'one');
    const tokens = tokensFor(provider.url);
    const token = await signed(privateKey);
    expect(await tokens.verify(token)).toMatchObject({ buyer: `${ISSUER} ann` });
    provider.keys.splice(0);
    vi.setSystemTime(Date.now() + 240_000);
    expect(await tokens.verify(token)).toMatchObject({ buyer: `${ISSUER} ann` });
    // The token is remembered for five minutes, the keys for ten.
    vi.setSystemTime(Date.now() + 600_000);
    expect(await tokens.verify(token)).toBeUndefined();
    expect(provider.requests).toBe(2);
  });

  it('go on for an hour while their provider is away, which is asked again every 5 s', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const provider = await start();
    const { privateKey } = await publish(provider, 'one');
    const tokens = tokensFor(provider.url);
    const verifyAs = async (sub: string) =>
      tokens.verify(await signed(privateKey, { sub, exp: Date.now() / 1000 + 100_000 }));
    await verifyAs('ann');
    provider.isAway = true;
    vi.setSystemTime(Date.now() + 601_000);
    expect(await verifyAs('bob')).toMatchObject({ buyer: `${ISSUER} bob` });
    expect(await verifyAs('cid')).toMatchObject({ buyer: `${ISSUER} cid` });
    expect(provider.requests).toBe(2);
    expect(await tokens.verify(await signed(await otherKey()))).toBeUndefined();
    vi.setSystemTime(Date.now() + 3_600_000);
    await expect(verifyAs('dot')).rejects.toMatchObject({ code: 'unavailable' });
    provider.isAway = false;
    await expect(verifyAs('dot')).rejects.toMatchObject({ code: 'unavailable' });
    vi.setSystemTime(Date.now() + 5_001);
    expect(await verifyAs('dot')).toMatchObject({ buyer: `${ISSUER} dot` });
  });

  it('keep issuers apart where none is named', async () => {
    const provider = await start();
    const { privateKey } = await publish(provider, 'one');
    const tokens = tokensFor(provider.url);
    const buyerOf = async (claims: object) =>
      (await tokens.verify(await signed(privateKey, claims)))?.buyer;
    expect(await buyerOf({ iss: 'https://a.example', sub: 'b c' })).toBe('https://a.example b c');
    expect(await buyerOf({ iss: 'https://a.example b', sub: 'c' })).toBeUndefined();
    expect(await buyerOf({ iss: '', sub: 'c' })).toBeUndefined();
  });
});

async function otherKey(): Promise<CryptoKey> {
  return (await generateKeyPair('ES256')).privateKey;
}

function unsigned(): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const claims = { iss: ISSUER, aud: AUDIENCE, sub: 'ann', exp: 9e9 };
  return `${encode({ alg: 'none', kid: 'one' })}.${encode(claims)}.`;
}

async function publish(provider: Provider, kid: string) {
  const pair = await generateKeyPair('ES256', { extractable: true });
  provider.keys.push({ ...(await exportJWK(pair.publicKey)), kid, alg: 'ES256', use: 'sig' });
  return pair;
}

async function startProvider(): Promise<Provider> {
  const keys: JWK[] = [];
  const server: Server = createServer((request, response) => {
    provider.requests += 1;
    response.statusCode = provider.isAway ? 503 : request.url === '/keys' ? 200 : 404;
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const provider: Provider = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    keys,
    requests: 0,
    isAway: false,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return provider;
}
