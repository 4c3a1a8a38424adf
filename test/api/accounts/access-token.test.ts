import { createHmac } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import { describe, expect, it, test } from 'vitest';
import { AccessTokens, makeAccessToken } from '../../../src/api/tokens/access-token.ts';

const secret = 'a secret of at least thirty-two bytes';

test('carries the claims that the API asks for', async () => {
  const token = await makeAccessToken(secret, { sub: 'ann', role: 'admin', ttlSeconds: 60 });
  const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), {
    algorithms: ['HS256'],
    typ: 'at+jwt',
    issuer: 'fairline',
    audience: 'fairline-api',
  });
  expect(payload).toMatchObject({ sub: 'ann', role: 'admin' });
  expect(payload.exp).toBe(Number(payload.iat) + 60);
});

describe('a token in the form that we make', () => {
  const ann = { sub: 'ann', role: 'buyer', ttlSeconds: 60 } as const;
  const sign = (signed: string) =>
    `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { role: 'buyer', iss: 'fairline', aud: 'fairline-api', sub: 'ann' };
  const exp = Math.floor(Date.now() / 1_000) + 60;

  it('is verified at once, without the thread pool', async () => {
    const token = await makeAccessToken(secret, ann);
    expect(new AccessTokens([secret]).verify(token)).toMatchObject({ buyer: 'ann', role: 'buyer' });
  });

  it('is as good in another form, where jose verifies it all', async () => {
    const token = await new SignJWT({ ...claims, exp })
      .setProtectedHeader({ typ: 'at+jwt', alg: 'HS256', kid: 'any' })
      .sign(new TextEncoder().encode(secret));
    const verified = new AccessTokens([secret]).verify(token);
    expect(verified).toBeInstanceOf(Promise);
    expect(await verified).toMatchObject({ buyer: 'ann' });
  });

  it('is nothing when anything in it was touched', async () => {
    const tokens = new AccessTokens([secret]);
    const token = await makeAccessToken(secret, ann);
    const [header = '', payload = '', signature = ''] = token.split('.');
    const other = await makeAccessToken(`${secret}, but another`, ann);
    const admin = encode({ ...claims, role: 'admin', exp });
    for (const touched of [
      other,
      `${header}.${admin}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${header}.${payload}.${signature}A`,
      `${header}.${payload}.${signature.slice(0, -1)}`,
      `${header}.${payload}.${signature.slice(0, -1)}=`,
      `${header}.`,
      sign(`${header}.${payload}.${payload}`),
      sign(`${header}.${Buffer.from('[]').toString('base64url')}`),
      sign(`${header}.not JSON`),
    ]) {
      expect(await tokens.verify(touched), touched).toBeUndefined();
    }
  });

  it('has to have the claims, as jose checks them', async () => {
    const tokens = new AccessTokens([secret]);
    const header = encode({ alg: 'HS256', typ: 'at+jwt' });
    const verify = (more: object) => {
      return tokens.verify(sign(`${header}.${encode({ ...claims, exp, ...more })}`));
    };
    expect(verify({})).toMatchObject({ buyer: 'ann' });
    for (const wrong of [
      { iss: 'another' },
      { aud: 'fairline-order' },
      { exp: exp - 3_600 },
      { exp: undefined },
      { exp: 'soon' },
      { sub: undefined },
      { nbf: exp },
      { role: 'owner' },
    ]) {
      expect(await verify(wrong), JSON.stringify(wrong)).toBeUndefined();
    }
  });
});
