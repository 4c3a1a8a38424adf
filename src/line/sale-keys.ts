import { type AuthSecrets, secretIdOf } from '../process/auth-secrets.ts';
import { deriveKey, type KeyPurpose } from '../process/derive-key.ts';

/** What is needed of a sale to find its key: a row of `sales`, say. */
export interface KeyedSale {
  readonly id: string;
  /** The secret that its hashes are made with; null: of whichever is current. */
  readonly secret_id: string | null;
}

/**
 * The keys of hashes that are compared with stored ones for as long as a sale lives. So a sale
 * keeps the secret that it was made with: all processes make the same hashes while secrets are
 * replaced, one each (decision 0090).
 */
export class SaleKeys {
  readonly #current: Buffer;
  readonly #bySecret: ReadonlyMap<string, Buffer>;

  constructor(secrets: AuthSecrets, purpose: KeyPurpose) {
    const keys = secrets.map((secret) => [secretIdOf(secret), deriveKey(secret, purpose)] as const);
    this.#bySecret = new Map(keys);
    this.#current = deriveKey(secrets[0], purpose);
  }

  /** The key of a sale; the current one where its secret is gone. */
  of({ secret_id: id }: KeyedSale): Buffer {
    return (id === null ? undefined : this.#bySecret.get(id)) ?? this.#current;
  }
}
