import { createHash, randomBytes } from 'node:crypto';

/** A new token: 32 random bytes without meaning, for a refresh token or a link. */
export function makeRandomToken(): string {
  return randomBytes(32).toString('base64url');
}

/** The stored form of such a token. It is random, so one fast hash without a salt is enough. */
export function hashRandomToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
