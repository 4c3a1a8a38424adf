import { createHmac } from 'node:crypto';
import { deriveKey } from '../process/derive-key.ts';

/** Hashes Idempotency-Keys so that Redis, queue and log never hold what a client sent. */
export class AttemptKeys {
  readonly #secret: Buffer;

  /** @param secret AUTH_JWT_SECRET, from which the key is derived */
  constructor(secret: string) {
    this.#secret = deriveKey(secret, 'fairline attempt key v1');
  }

  /** The keyed hash of a purchase attempt's key. */
  attempt(buyer: string, sale: string, key: string): string {
    return this.hash([buyer, sale], key);
  }

  /** The keyed hash of a key in its scope: 22 URL-safe characters. */
  hash(scope: readonly string[], key: string): string {
    return createHmac('sha256', this.#secret)
      .update(JSON.stringify([...scope, key]))
      .digest()
      .subarray(0, 16)
      .toString('base64url');
  }
}
