import { createHash, randomBytes } from 'node:crypto';

/** A new refresh token: 32 random bytes without meaning. */
export function makeRefreshToken(): string {
  return randomBytes(32).toString('base64url');
}

/** The stored form of a refresh token. It is random, so one fast hash without a salt is enough. */
export function hashRefreshToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
