import type { Logger } from 'pino';
import { type ApiLimitName, type LimitState, nearest, type Quotas } from '../domain/limits.ts';
import type { RedisClient } from '../redis/client.ts';
import { RateCounter } from './rate-counter.ts';

/** Limits after authentication, except for tickets: lua/accept.lua enforces those. */
export class RequestLimits {
  readonly #pollsBuyer: RateCounter | undefined;
  readonly #pollsIp: RateCounter | undefined;
  readonly #payments: RateCounter | undefined;

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

  /** Counts a request that leads to a call to Stripe. @throws DomainError too_many_requests */
  async countPayment(buyer: string): Promise<LimitState | undefined> {
    return (await this.#payments?.count(buyer))?.state;
  }
}
