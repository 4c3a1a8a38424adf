import { createHmac } from 'node:crypto';

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * Makes the access tokens of buyers, which live for a day: those of `makeAccessToken`, signed
 * without the thread pool, because there are many.
 *
 * @param secret AUTH_JWT_SECRET
 */
export function makeTokens(secret: string, buyers: readonly string[]): string[] {
  const header = encode({ alg: 'HS256', typ: 'at+jwt' });
  const iat = Math.floor(Date.now() / 1_000);
  return buyers.map((sub) => {
    const claims = { role: 'buyer', iss: 'fairline', aud: 'fairline-api', sub };
    const signed = `${header}.${encode({ ...claims, iat, exp: iat + 86_400 })}`;
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  });
}
