import { createHmac, hkdfSync } from 'node:crypto';
import type { Logger } from 'pino';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import { DomainError } from '../domain/errors.ts';
import type { RedisClient } from '../redis/client.ts';

const IP_WINDOW_SECONDS = 60;
const ACCOUNT_WINDOW_SECONDS = 900;
const PREFIX = 'fairline:attempts';

export interface AttemptLimitOptions {
  /** Calls a minute and IP. */
  readonly perIp: number;
  /** Failed attempts a quarter of an hour and account. */
  readonly perAccount: number;
}

interface Limit {
  readonly shared: RateLimiterAbstract;
  readonly own: RateLimiterAbstract;
}

/**
 * Counts attempts to get in, per IP and per account, over all processes. While Redis is away each
 * process counts for itself: people can log in, and guessing stays slow.
 */
export class AttemptLimits {
  readonly #ip: Limit;
  readonly #account: Limit;
  readonly #key: Buffer;
  readonly #log: Logger;

  /** @param secret AUTH_JWT_SECRET, from which the key is derived that hides addresses in Redis */
  constructor(
    { redis, log, secret }: { redis: RedisClient; log: Logger; secret: string },
    { perIp, perAccount }: AttemptLimitOptions,
  ) {
    const limit = (name: string, points: number, duration: number): Limit => {
      const options = { keyPrefix: `${PREFIX}:${name}`, points, duration };
      const shared = new RateLimiterRedis({ ...options, storeClient: redis });
      return { shared, own: new RateLimiterMemory(options) };
    };
    this.#ip = limit('ip', perIp, IP_WINDOW_SECONDS);
    this.#account = limit('account', perAccount, ACCOUNT_WINDOW_SECONDS);
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', 'fairline attempt limits v1', 32));
    this.#log = log;
  }

  /** Counts a call. @throws DomainError too_many_requests */
  async countCall(ip: string): Promise<void> {
    await this.#consume(this.#ip, ip);
  }

  /**
   * Counts an attempt before it is made: of many at once none slips through.
   *
   * @returns takes the attempt back, for one that succeeded
   * @throws DomainError too_many_requests, also where the address has no account
   */
  async countAttempt(email: string): Promise<() => Promise<void>> {
    const key = createHmac('sha256', this.#key).update(email.toLowerCase()).digest('base64url');
    const counter = await this.#consume(this.#account, key);
    return async () => {
      await counter.reward(key).catch((error) => this.#warn(error));
    };
  }

  /** Returns the counter that has counted. */
  async #consume({ shared, own }: Limit, key: string): Promise<RateLimiterAbstract> {
    try {
      await shared.consume(key);
      return shared;
    } catch (reason) {
      if (reason instanceof RateLimiterRes) throw tooMany(reason);
      this.#warn(reason);
    }
    try {
      await own.consume(key);
      return own;
    } catch (reason) {
      throw reason instanceof RateLimiterRes ? tooMany(reason) : reason;
    }
  }

  #warn(error: unknown): void {
    this.#log.warn({ err: error }, 'attempts are counted by this process alone');
  }
}

function tooMany({ msBeforeNext }: RateLimiterRes): DomainError {
  const retryAfterSeconds = Math.max(1, Math.ceil(msBeforeNext / 1_000));
  return new DomainError(
    'too_many_requests',
    `Too many attempts. Try again in ${retryAfterSeconds} s.`,
    { retryAfterSeconds },
  );
}
