import { createHmac } from 'node:crypto';
import { deriveKey } from '../process/derive-key.ts';

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
  readonly #secret: Buffer;

  /** @param secret AUTH_JWT_SECRET, from which the key is derived */
  constructor(secret: string) {
    this.#secret = deriveKey(secret, 'fairline origin v1');
  }

  /**
   * @param from the IP in the form in which it is counted; the e-mail address as the token has it:
   *   case and "+" suffixes do not make another person. Guests are counted separately: anyone can
   *   be a guest under any address, and must not use up its owner's allowance
   */
  of(sale: string, from: { ip: string; email?: string | undefined; isGuest: boolean }): Origin {
    const ip = this.#hash('i', sale, from.ip);
    if (from.email === undefined) return { ip };
    const email = from.email.toLowerCase().replace(/^([^+@]+)\+[^@]*(?=@)/, '$1');
    return { ip, email: this.#hash(from.isGuest ? 'g' : 'e', sale, email) };
  }

  /** A letter naming what is hashed, and 16 URL-safe characters. */
  #hash(kind: string, sale: string, value: string): string {
    const text = JSON.stringify([kind, sale, value]);
    const hash = createHmac('sha256', this.#secret).update(text).digest().subarray(0, 12);
    return kind + hash.toString('base64url');
  }
}
