import { hkdfSync } from 'node:crypto';

/** What a key is for. The words are part of the key: other words make other ids and hashes. */
export type KeyPurpose =
  | 'fairline ticket id v1'
  | 'fairline attempt key v1'
  | 'fairline origin v1'
  | 'fairline attempt limits v1'
  | 'fairline challenge v1'
  | 'fairline challenge key v1'
  | 'fairline queue session v1';

/**
 * A key for one purpose: keys of two purposes tell nothing of each other or of the secret.
 *
 * @param secret AUTH_JWT_SECRET
 */
export function deriveKey(secret: string, purpose: KeyPurpose): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', purpose, 32));
}
