import type { Logger } from 'pino';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import { DomainError, tooManyRequests } from '../domain/errors.ts';
import { LIMITS, type LimitName, type LimitState } from '../domain/limits.ts';
import type { RedisClient } from '../redis/client.ts';
import { LIMIT_PREFIX } from '../redis/keys.ts';

/** A request that was counted and allowed. */
export interface CountedRequest {
  readonly state: LimitState;
  /** Undoes the count, where it was counted. */
  takeBack(): Promise<void>;
}

/**
 * Counts the requests of one limit by key, for limits outside the accept path (lua/accept.lua
 * enforces those): across all processes in Redis, or by this process alone. While Redis is
 * unavailable each process counts for itself: it fails open to clients, and hammering stays slow.
 */
export class RateCounter {
  readonly #limit: LimitName;
  readonly #quota: number;
  readonly #own: RateLimiterAbstract;
  readonly #shared: RateLimiterAbstract | undefined;
  readonly #log: Logger;

  /**
   * @param limit its row in LIMITS says how long a window is, and whether all processes count
   *   together
   * @param quota requests per window
   */
  constructor(
    limit: LimitName,
    quota: number,
    { redis, log }: { redis: RedisClient; log: Logger },
  ) {
    this.#limit = limit;
    this.#quota = quota;
    const { windowSeconds: duration, scope } = LIMITS[limit];
    const options = { keyPrefix: `${LIMIT_PREFIX}:${limit}`, points: quota, duration };
    this.#own = new RateLimiterMemory(options);
    if (scope === 'system') this.#shared = new RateLimiterRedis({ ...options, storeClient: redis });
    this.#log = log;
  }

  /**
   * Counts a request before it is handled, so that concurrent ones cannot slip through.
   *
   * @throws DomainError too_many_requests
   */
  async count(key: string): Promise<CountedRequest> {
    if (this.#shared !== undefined) {
      try {
        return await this.#consume(this.#shared, key);
      } catch (error) {
        if (error instanceof DomainError) throw error;
        this.#warn(error);
      }
    }
    return this.#consume(this.#own, key);
  }

  async #consume(counter: RateLimiterAbstract, key: string): Promise<CountedRequest> {
    const result = await counter.consume(key).catch((reason: unknown) => {
      throw reason instanceof RateLimiterRes ? tooManyRequests(this.#state(reason)) : reason;
    });
    return {
      state: this.#state(result),
      takeBack: async () => {
        await counter.reward(key).catch((error) => this.#warn(error));
      },
    };
  }

  #state({ remainingPoints, msBeforeNext }: RateLimiterRes): LimitState {
    const resetSeconds = Math.max(1, Math.ceil(msBeforeNext / 1_000));
    return { name: this.#limit, quota: this.#quota, remaining: remainingPoints, resetSeconds };
  }

  #warn(error: unknown): void {
    this.#log.warn(
      { err: error, limit: this.#limit },
      'requests are counted by this process alone',
    );
  }
}
