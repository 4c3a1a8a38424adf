import { createHmac } from 'node:crypto';
import type { Logger } from 'pino';
import type { LimitState, Quotas } from '../domain/limits.ts';
import { type AuthKeys, type AuthSecrets, deriveKeys } from '../process/auth-secrets.ts';
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
  /** They hide addresses in Redis. */
  readonly #keys: AuthKeys;

  constructor(
    { redis, log, secrets }: { redis: RedisClient; log: Logger; secrets: AuthSecrets },
    quotas: Pick<Quotas, 'auth_ip' | 'auth_account' | 'renewals_session'>,
  ) {
    this.#ip = new RateCounter('auth_ip', quotas.auth_ip, { redis, log });
    this.#account = new RateCounter('auth_account', quotas.auth_account, { redis, log });
    this.#renewals = new RateCounter('renewals_session', quotas.renewals_session, { redis, log });
    this.#keys = deriveKeys(secrets, 'fairline attempt limits v1');
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
   * Counts an attempt before it is made, so that concurrent ones cannot slip through. With two
   * secrets it counts under both names of the address: processes that have one of them count on.
   *
   * @returns undoes the count, for an attempt that succeeded
   * @throws DomainError too_many_requests, also where the address has no account
   */
  async countAttempt(email: string): Promise<() => Promise<void>> {
    const names = this.#keys.map((key) =>
      createHmac('sha256', key).update(email.toLowerCase()).digest('base64url'),
    );
    const counted = await Promise.all(names.map((name) => this.#account.count(name)));
    return async () => {
      await Promise.all(counted.map(({ takeBack }) => takeBack()));
    };
  }
}
