import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { BulkheadRejectedError, bulkhead } from 'cockatiel';
import { DomainError } from '../domain/errors.ts';
import { formatPhc, type Phc, parsePhc } from './phc.ts';

const runArgon2 = promisify(argon2);

/** As OWASP's Password Storage Cheat Sheet recommends: Argon2id with 19 MiB, 2 passes, 1 lane. */
const PARAMETERS = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const SALT_BYTES = 16;
const TAG_BYTES = 32;

/** Concurrent hashes. They run on libuv's pool, whose four threads also serve files and DNS. */
const AT_ONCE = 2;
/** Queued hashes at most; each takes some 40 ms, so the last waits two seconds. */
const WAITING = 100;

/**
 * Hashes passwords with Argon2id and checks them; never blocks the event loop, never hashes more
 * than two at once.
 */
export class Passwords {
  readonly #turns = bulkhead(AT_ONCE, WAITING);
  /** Matches no password. */
  readonly #nobodys: Phc = {
    ...PARAMETERS,
    salt: randomBytes(SALT_BYTES),
    tag: randomBytes(TAG_BYTES),
  };

  /**
   * The hash of a password as a PHC string.
   *
   * @throws DomainError unavailable when too many are queued
   */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const tag = await this.#derive(password, { ...PARAMETERS, salt, tag: Buffer.alloc(TAG_BYTES) });
    return formatPhc({ ...PARAMETERS, salt, tag });
  }

  /**
   * Whether the password matches the hash. Does the same work when there is no hash, so that the
   * response time does not disclose whether an account exists.
   *
   * @throws DomainError unavailable when too many are queued
   */
  async fits(password: string, hash: string | undefined): Promise<boolean> {
    const wanted = hash === undefined ? this.#nobodys : parsePhc(hash);
    return timingSafeEqual(await this.#derive(password, wanted), wanted.tag);
  }

  async #derive(password: string, { memory, passes, parallelism, salt, tag }: Phc) {
    // The same password can be typed as several Unicode sequences.
    const message = password.normalize('NFKC');
    const parameters = { message, nonce: salt, memory, passes, parallelism, tagLength: tag.length };
    try {
      return await this.#turns.execute(() => runArgon2('argon2id', parameters));
    } catch (error) {
      if (!(error instanceof BulkheadRejectedError)) throw error;
      throw new DomainError('unavailable', 'Too many people are logging in right now.');
    }
  }
}
