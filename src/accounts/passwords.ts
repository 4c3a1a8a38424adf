import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { DomainError } from '../domain/errors.ts';
import { FairTurns, NoTurn } from './fair-turns.ts';
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
 * than two at once. Networks take turns: who asks for many keeps nobody else from logging in.
 */
export class Passwords {
  readonly #turns = new FairTurns(AT_ONCE, WAITING);
  /** Matches no password. */
  readonly #nobodys: Phc = {
    ...PARAMETERS,
    salt: randomBytes(SALT_BYTES),
    tag: randomBytes(TAG_BYTES),
  };

  /**
   * The hash of a password as a PHC string.
   *
   * @param network whose turn it is, see `networkOf`
   * @throws DomainError unavailable when too many are queued
   */
  async hash(password: string, network: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const wanted = { ...PARAMETERS, salt, tag: Buffer.alloc(TAG_BYTES) };
    const tag = await this.#derive(password, wanted, network);
    return formatPhc({ ...PARAMETERS, salt, tag });
  }

  /**
   * Whether the password matches the hash. Does the same work when there is no hash, so that the
   * response time does not disclose whether an account exists.
   *
   * @param network whose turn it is, see `networkOf`
   * @throws DomainError unavailable when too many are queued
   */
  async fits(password: string, hash: string | undefined, network: string): Promise<boolean> {
    const wanted = hash === undefined ? this.#nobodys : parsePhc(hash);
    return timingSafeEqual(await this.#derive(password, wanted, network), wanted.tag);
  }

  async #derive(password: string, wanted: Phc, network: string) {
    const { memory, passes, parallelism, salt, tag } = wanted;
    // The same password can be typed as several Unicode sequences.
    const message = password.normalize('NFKC');
    const parameters = { message, nonce: salt, memory, passes, parallelism, tagLength: tag.length };
    try {
      return await this.#turns.run(network, () => runArgon2('argon2id', parameters));
    } catch (error) {
      if (!(error instanceof NoTurn)) throw error;
      throw new DomainError('unavailable', 'Too many people are logging in right now.');
    }
  }
}
