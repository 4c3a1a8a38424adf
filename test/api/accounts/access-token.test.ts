import { jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { makeAccessToken } from '../../../src/api/tokens/access-token.ts';

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
