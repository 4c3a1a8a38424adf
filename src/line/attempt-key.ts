import { createHmac } from 'node:crypto';
import type { AuthSecrets } from '../process/auth-secrets.ts';
import { type KeyedSale, SaleKeys } from './sale-keys.ts';

/** Hashes Idempotency-Keys so that Redis, queue and log never hold what a client sent. */
export class AttemptKeys {
  readonly #keys: SaleKeys;

  constructor(secrets: AuthSecrets) {
    this.#keys = new SaleKeys(secrets, 'fairline attempt key v1');
  }

  /** The keyed hash of a purchase attempt's key. */
  attempt(buyer: string, sale: KeyedSale, key: string): string {
    return this.hash(sale, [buyer, sale.id], key);
  }

  /** The keyed hash of a key in its scope, which is of a sale: 22 URL-safe characters. */
  hash(sale: KeyedSale, scope: readonly string[], key: string): string {
    return createHmac('sha256', this.#keys.of(sale))
      .update(JSON.stringify([...scope, key]))
      .digest()
      .subarray(0, 16)
      .toString('base64url');
  }
}
