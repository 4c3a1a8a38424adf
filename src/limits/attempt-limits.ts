import { createHmac } from 'node:crypto';
import type { Logger } from 'pino';
import type { LimitState, Quotas } from '../domain/limits.ts';
import { deriveKey } from '../process/derive-key.ts';
import type { RedisClient } from '../redis/client.ts';
import { RateCounter } from './rate-counter.ts';

/**
 * Limits before authentication: calls per IP, attempts per account and renewals per session, across
 * all processes. While Redis is unavailable each process counts for itself: logging in still works,
 * and guessing stays slow.
 */
export class AttemptLimits {
  readonly #ip: RateCounter;
  readonly #account: RateCounter;
  readonly #renewals: RateCounter;
  readonly #key: Buffer;

  /** @param secret AUTH_JWT_SECRET, the key that hides addresses in Redis is derived from it */
  constructor(
    { redis, log, secret }: { redis: RedisClient; log: Logger; secret: string },
    quotas: Pick<Quotas, 'auth_ip' | 'auth_account' | 'renewals_session'>,
  ) {
    this.#ip = new RateCounter('auth_ip', quotas.auth_ip, { redis, log });
    this.#account = new RateCounter('auth_account', quotas.auth_account, { redis, log });
    this.#renewals = new RateCounter('renewals_session', quotas.renewals_session, { redis, log });
    this.#key = deriveKey(secret, 'fairline attempt limits v1');
  }

  /** Counts a call. @throws DomainError too_many_requests */
  async countAuthCall(ip: string): Promise<LimitState> {
    return (await this.#ip.count(ip)).state;
  }

  /**
   * Counts an exchange of a refresh token of a session that exists.
   *
   * @throws DomainError too_many_requests
   */
  async countRenewal(family: string): Promise<LimitState> {
    return (await this.#renewals.count(family)).state;
  }

  /**
   * Counts an attempt before it is made, so that concurrent ones cannot slip through.
   *
   * @returns undoes the count, for an attempt that succeeded
   * @throws DomainError too_many_requests, also where the address has no account
   */
  async countAttempt(email: string): Promise<() => Promise<void>> {
    const key = createHmac('sha256', this.#key).update(email.toLowerCase()).digest('base64url');
    return (await this.#account.count(key)).takeBack;
  }
}
