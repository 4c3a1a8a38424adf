import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';
import { noteContacts } from '../db/contacts.ts';
import { isEmailAddress } from '../domain/account.ts';
import { isKeepable } from '../domain/buyer.ts';

/** How long addresses are buffered, in ms. */
const FLUSH_MS = 1_000;

/** Addresses per statement. */
const CHUNK = 1_000;

/** Addresses buffered at most; what exceeds it is picked up again at the buyer's next request. */
const MAX_PENDING = 10_000;

/**
 * Buyers whose address was written recently, and for how long it need not be written again:
 * retention counts in days.
 */
const MAX_KNOWN = 100_000;
const KNOWN_MS = 86_400_000;

/**
 * Collects buyers' e-mail addresses from their tokens and writes them once per second: accepting
 * never waits for Postgres. While Postgres is unavailable a bounded number is kept. What a kill -9
 * loses is picked up again at the next request.
 */
export class Contacts {
  readonly #db: Db;
  readonly #log: Logger;
  readonly #maxPending: number;
  readonly #known = new LRUCache<string, string>({ max: MAX_KNOWN, ttl: KNOWN_MS });
  readonly #pending = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;

  /** @param deps.maxPending addresses buffered at most; 10,000 when left out */
  constructor(deps: { readonly db: Db; readonly log: Logger; readonly maxPending?: number }) {
    this.#db = deps.db;
    this.#log = deps.log;
    this.#maxPending = deps.maxPending ?? MAX_PENDING;
  }

  /** Addresses that are not written yet. */
  get waiting(): number {
    return this.#pending.size;
  }

  /** Records a buyer's address; anything that is not an address is ignored. */
  note(buyer: string, email: string | undefined): void {
    if (email === undefined || this.#known.get(buyer) === email) return;
    if (!isEmailAddress(email) || !isKeepable(buyer)) return;
    if (this.#pending.size >= this.#maxPending && !this.#pending.has(buyer)) return;
    this.#known.set(buyer, email);
    this.#pending.set(buyer, email);
    this.#startTimer();
  }

  /** Writes the buffered addresses, if Postgres is available. */
  async flush(): Promise<void> {
    this.#flushing ??= this.#write().finally(() => {
      this.#flushing = undefined;
    });
    await this.#flushing;
  }

  /** Writes the buffered addresses, and stops. */
  async stop(): Promise<void> {
    await this.#flushing;
    await this.flush();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #write(): Promise<void> {
    while (this.#pending.size > 0) {
      const taken = [...this.#pending].slice(0, CHUNK);
      for (const [buyer] of taken) this.#pending.delete(buyer);
      try {
        await noteContacts(
          this.#db,
          taken.map(([buyer, email]) => ({ buyer, email })),
        );
      } catch (error) {
        this.#log.warn(
          { err: error, waiting: taken.length },
          'contacts not written, kept in memory',
        );
        this.#putBack(taken);
        this.#startTimer();
        return;
      }
    }
  }

  /**
   * What arrived meanwhile is newer and stays; what has no room is dropped, to be picked up again.
   */
  #putBack(taken: readonly (readonly [buyer: string, email: string])[]): void {
    for (const [buyer, email] of taken) {
      if (this.#pending.has(buyer)) continue;
      if (this.#pending.size < this.#maxPending) this.#pending.set(buyer, email);
      else this.#known.delete(buyer);
    }
  }

  #startTimer(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, FLUSH_MS);
  }
}
