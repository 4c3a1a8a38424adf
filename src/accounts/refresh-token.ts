import { createHash, randomBytes } from 'node:crypto';

/** A new refresh token: 32 random bytes that say nothing. */
export function makeRefreshToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is kept of a refresh token. It is random, so one fast hash without salt hides it. */
export function hashRefreshToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
