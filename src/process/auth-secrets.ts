import { createSecretKey, type KeyObject } from 'node:crypto';
import { deriveKey, type KeyPurpose } from './derive-key.ts';

/**
 * AUTH_JWT_SECRET and, while it is replaced, AUTH_JWT_SECRET_PREVIOUS. The first makes, all verify
 * (decision 0090).
 */
export type AuthSecrets = readonly [current: string, ...others: string[]];

/** A key of each secret, in their order. */
export type AuthKeys = readonly [current: KeyObject, ...others: KeyObject[]];

/** A key of each secret, made by a rule. */
export function keysOf(
  [current, ...others]: AuthSecrets,
  make: (secret: string) => Buffer,
): AuthKeys {
  const keyOf = (secret: string) => createSecretKey(make(secret));
  return [keyOf(current), ...others.map(keyOf)];
}

/** A key of each secret for one purpose, see {@link deriveKey}. */
export function deriveKeys(secrets: AuthSecrets, purpose: KeyPurpose): AuthKeys {
  return keysOf(secrets, (secret) => deriveKey(secret, purpose));
}

/** Bytes of a secret's id. */
const ID_BYTES = 8;

/**
 * The id of a secret, which discloses nothing about it: a sale names by it the secret whose hashes
 * it has. 11 URL-safe characters.
 */
export function secretIdOf(secret: string): string {
  return deriveKey(secret, 'fairline secret id v1').subarray(0, ID_BYTES).toString('base64url');
}
