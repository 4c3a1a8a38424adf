import type { Logger } from 'pino';
import { type LimitState, nearest, type TicketQuotas } from '../domain/limits.ts';
import type { RedisClient } from '../redis/client.ts';
import { RateCounter } from './rate-counter.ts';

/** How often somebody may ask; what is left out, or 0, may be asked any number of times. */
export interface RequestQuotas {
  readonly tickets?: TicketQuotas;
  /** Reads and small writes a second and API process. */
  readonly polls?: { readonly perBuyer?: number; readonly perIp?: number };
  /** Calls a minute that end in calls to Stripe. */
  readonly payments?: { readonly perBuyer: number };
}

/**
 * Limits on what people ask once they are in, but for tickets: those are judged by lua/accept.lua.
 */
export class RequestLimits {
  readonly #pollsBuyer: RateCounter | undefined;
  readonly #pollsIp: RateCounter | undefined;
  readonly #payments: RateCounter | undefined;

  constructor(shared: { redis: RedisClient; log: Logger }, quotas: RequestQuotas) {
    const { perBuyer = 0, perIp = 0 } = quotas.polls ?? {};
    // Polls are answered from memory: a round trip to count them would cost more than they do.
    if (perBuyer > 0) this.#pollsBuyer = new RateCounter('polls_buyer', perBuyer);
    if (perIp > 0) this.#pollsIp = new RateCounter('polls_ip', perIp);
    const payments = quotas.payments?.perBuyer ?? 0;
    if (payments > 0) this.#payments = new RateCounter('payments_buyer', payments, shared);
  }

  /**
   * Counts a poll, of a buyer where one is known.
   *
   * @param ip tells it where it is asked for
   * @returns where they stand with the nearest limit, where there is one
   * @throws DomainError too_many_requests
   */
  async countPoll(ip: () => string, buyer: string | undefined): Promise<LimitState | undefined> {
    const ofIp = await this.#pollsIp?.count(ip());
    const ofBuyer = buyer === undefined ? undefined : await this.#pollsBuyer?.count(buyer);
    return nearest(ofBuyer?.state, ofIp?.state);
  }

  /** Counts a call that ends in one to Stripe. @throws DomainError too_many_requests */
  async countPayment(buyer: string): Promise<LimitState | undefined> {
    return (await this.#payments?.count(buyer))?.state;
  }
}
