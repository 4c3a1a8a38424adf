import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { BulkheadRejectedError, bulkhead } from 'cockatiel';
import { DomainError } from '../domain/errors.ts';
import { formatPhc, type Phc, parsePhc } from './phc.ts';

const runArgon2 = promisify(argon2);

/** What OWASP's Password Storage Cheat Sheet asks for: Argon2id with 19 MiB, 2 passes, 1 lane. */
const PARAMETERS = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const SALT_BYTES = 16;
const TAG_BYTES = 32;

/**
 * Hashings at once. They run on threads of libuv's pool, of which there are four for files and
 * names too.
 */
const AT_ONCE = 2;
/** Hashings that wait for their turn; each takes some 40 ms, so the last waits for two seconds. */
const WAITING = 100;

/**
 * Hashes passwords with Argon2id and checks them; never blocks the event loop, never hashes more
 * than two at once.
 */
export class Passwords {
  readonly #turns = bulkhead(AT_ONCE, WAITING);
  /** Fits no password. */
  readonly #nobodys: Phc = {
    ...PARAMETERS,
    salt: randomBytes(SALT_BYTES),
    tag: randomBytes(TAG_BYTES),
  };

  /**
   * The hash of a password as a PHC string.
   *
   * @throws DomainError unavailable when too many wait for one
   */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const tag = await this.#derive(password, { ...PARAMETERS, salt, tag: Buffer.alloc(TAG_BYTES) });
    return formatPhc({ ...PARAMETERS, salt, tag });
  }

  /**
   * Whether the password is the one that was hashed. Takes the same work when there is no hash:
   * nobody learns from the time that it takes whether there is an account.
   *
   * @throws DomainError unavailable when too many wait for their turn
   */
  async fits(password: string, hash: string | undefined): Promise<boolean> {
    const wanted = hash === undefined ? this.#nobodys : parsePhc(hash);
    return timingSafeEqual(await this.#derive(password, wanted), wanted.tag);
  }

  async #derive(password: string, { memory, passes, parallelism, salt, tag }: Phc) {
    // One password can be typed in several ways that look the same.
    const message = password.normalize('NFKC');
    const parameters = { message, nonce: salt, memory, passes, parallelism, tagLength: tag.length };
    try {
      return await this.#turns.execute(() => runArgon2('argon2id', parameters));
    } catch (error) {
      if (!(error instanceof BulkheadRejectedError)) throw error;
      throw new DomainError('unavailable', 'Too many people are logging in at this moment.');
    }
  }
}
