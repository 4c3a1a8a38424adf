import { createHmac } from 'node:crypto';
import type { AuthSecrets } from '../process/auth-secrets.ts';
import { type KeyedSale, SaleKeys } from './sale-keys.ts';

/** Where an attempt comes from, as keyed hashes: `ip`, and `email` if the token has one. */
export interface Origin {
  readonly ip: string;
  readonly email?: string;
}

/** An origin as batches have it: `hash` or `hash,hash`. */
export function formatOrigin({ ip, email }: Origin): string {
  return email === undefined ? ip : `${ip},${email}`;
}

/**
 * Hashes IPs and e-mail addresses, by which a sale limits abuse: queue, journal and log never hold
 * the originals, and hashes of two sales do not reveal who bought in both.
 */
export class OriginHasher {
  readonly #keys: SaleKeys;

  constructor(secrets: AuthSecrets) {
    this.#keys = new SaleKeys(secrets, 'fairline origin v1');
  }

  /**
   * @param from the IP in the form in which it is counted; the e-mail address as the token has it:
   *   case and "+" suffixes do not make another person. Guests are counted separately: anyone can
   *   be a guest under any address, and must not use up its owner's allowance
   */
  of(sale: KeyedSale, from: { ip: string; email?: string | undefined; isGuest: boolean }): Origin {
    const ip = this.#hash('i', sale, from.ip);
    if (from.email === undefined) return { ip };
    const email = from.email.toLowerCase().replace(/^([^+@]+)\+[^@]*(?=@)/, '$1');
    return { ip, email: this.#hash(from.isGuest ? 'g' : 'e', sale, email) };
  }

  /** A letter naming what is hashed, and 16 URL-safe characters. */
  #hash(kind: string, sale: KeyedSale, value: string): string {
    const text = JSON.stringify([kind, sale.id, value]);
    const hash = createHmac('sha256', this.#keys.of(sale)).update(text).digest().subarray(0, 12);
    return kind + hash.toString('base64url');
  }
}
