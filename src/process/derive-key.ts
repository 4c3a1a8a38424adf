import { hkdfSync } from 'node:crypto';

/**
 * The purpose of a key. The text is an input of the derivation: changing it changes all ids and
 * hashes.
 */
export type KeyPurpose =
  | 'fairline ticket id v1'
  | 'fairline attempt key v1'
  | 'fairline origin v1'
  | 'fairline attempt limits v1'
  | 'fairline address v1'
  | 'fairline challenge v1'
  | 'fairline challenge key v1'
  | 'fairline queue session v1'
  | 'fairline order access v1'
  | 'fairline secret id v1';

/**
 * Derives a key for one purpose: keys of different purposes disclose nothing about each other or
 * the secret.
 *
 * @param secret AUTH_JWT_SECRET, or the one before
 */
export function deriveKey(secret: string, purpose: KeyPurpose): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', purpose, 32));
}
