import { DomainError } from '../domain/errors.ts';

/** How many requests of a kind may be open at a time. */
interface OpenQuota {
  /** In this process. */
  readonly total: number;
  /** Of one IP. */
  readonly perIp: number;
}

/** The kinds of requests that stay open. */
export interface OpenQuotas {
  readonly streams: OpenQuota;
  readonly longPolls: OpenQuota;
}

/** When a caller may ask again who finds too many open: some of them end every second. */
const RETRY_SECONDS = 5;

/** Counts the requests of a kind that are open in this process: all, and those of each IP. */
export class OpenRequests {
  readonly #quota: OpenQuota | undefined;
  readonly #byIp = new Map<string, number>();
  #total = 0;

  /** @param quota undefined: any number */
  constructor(quota: OpenQuota | undefined) {
    this.#quota = quota;
  }

  /** Those that are open now. */
  get total(): number {
    return this.#total;
  }

  /**
   * Counts a request that stays open.
   *
   * @param ip see `clientIp`
   * @returns ends the count; calling it again does nothing
   * @throws DomainError too_many_requests when the IP has too many, unavailable when the process
   *   has
   */
  open(ip: string): () => void {
    const { total = Infinity, perIp = Infinity } = this.#quota ?? {};
    const ofIp = this.#byIp.get(ip) ?? 0;
    if (ofIp >= perIp) {
      const detail = `This address has ${ofIp} such requests open. End one, or try again soon.`;
      throw new DomainError('too_many_requests', detail, { retryAfterSeconds: RETRY_SECONDS });
    }
    if (this.#total >= total) {
      throw new DomainError('unavailable', 'Too many such requests are open. Try again soon.', {
        retryAfterSeconds: RETRY_SECONDS,
      });
    }
    this.#byIp.set(ip, ofIp + 1);
    this.#total += 1;
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.#total -= 1;
      const left = (this.#byIp.get(ip) ?? 1) - 1;
      if (left > 0) this.#byIp.set(ip, left);
      else this.#byIp.delete(ip);
    };
  }
}
