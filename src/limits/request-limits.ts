import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { DomainError, tooManyRequests } from '../domain/errors.ts';
import { type ApiLimitName, type LimitState, nearest, type Quotas } from '../domain/limits.ts';
import type { RedisClient } from '../redis/client.ts';
import { RateCounter } from './rate-counter.ts';

/** Buyers that are remembered to have been refused too often. */
const SPENT_MAX = 10_000;

/** Limits after authentication, except for tickets: lua/accept.lua enforces those. */
export class RequestLimits {
  readonly #pollsBuyer: RateCounter | undefined;
  readonly #pollsIp: RateCounter | undefined;
  readonly #payments: RateCounter | undefined;
  /** The limit of buyers whose refused ticket requests are too many, until it allows more. */
  readonly #spent = new LRUCache<string, LimitState>({ max: SPENT_MAX, ttl: 1 });

  /** @param quotas a limit of 0 is off */
  constructor(shared: { redis: RedisClient; log: Logger }, quotas: Quotas) {
    const counter = (limit: ApiLimitName) =>
      quotas[limit] > 0 ? new RateCounter(limit, quotas[limit], shared) : undefined;
    this.#pollsBuyer = counter('polls_buyer');
    this.#pollsIp = counter('polls_ip');
    this.#payments = counter('payments_buyer');
  }

  /**
   * Counts a poll, by buyer if one is known.
   *
   * @param ip returns the IP; called only if it is needed
   * @returns the state of the nearest limit, if any
   * @throws DomainError too_many_requests
   */
  async countPoll(ip: () => string, buyer: string | undefined): Promise<LimitState | undefined> {
    const ofIp = await this.#pollsIp?.count(ip());
    const ofBuyer = buyer === undefined ? undefined : await this.#pollsBuyer?.count(buyer);
    return nearest(ofBuyer?.state, ofIp?.state);
  }

  /**
   * Refuses a ticket request of a buyer whose refused ones are too many, before it costs anything.
   *
   * @throws DomainError too_many_requests
   */
  checkRefused(buyer: string): void {
    const limit = this.#spent.get(buyer);
    if (limit !== undefined) throw tooManyRequests(limit);
  }

  /**
   * Counts a ticket request that was refused before lua/accept.lua could count it: as a poll, for
   * it has read something and got no place.
   *
   * @param ip returns the IP; called only if it is needed
   * @throws DomainError too_many_requests
   */
  async countRefused(ip: () => string, buyer: string): Promise<void> {
    try {
      await this.countPoll(ip, buyer);
    } catch (error) {
      if (error instanceof DomainError && error.limit !== undefined) {
        this.#spent.set(buyer, error.limit, { ttl: error.limit.resetSeconds * 1_000 });
      }
      throw error;
    }
  }

  /** Counts a request that leads to a call to Stripe. @throws DomainError too_many_requests */
  async countPayment(buyer: string): Promise<LimitState | undefined> {
    return (await this.#payments?.count(buyer))?.state;
  }
}
