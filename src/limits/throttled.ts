import type { Logger } from 'pino';
import type { LimitState } from '../domain/limits.ts';
import type { RedisClient } from '../redis/client.ts';
import { addThrottled, readThrottled } from '../redis/throttled.ts';

const FLUSH_MS = 1_000;

/**
 * Counts the requests that limits refused, across all processes: in memory, and flushed to Redis
 * every second. While Redis is unavailable the counts are kept; a lost reply may count some twice.
 */
export class Throttled {
  readonly #redis: RedisClient;
  readonly #log: Logger;
  /** Counts not yet flushed to Redis, by sale and limit. */
  #pending = new Map<string, number>();
  /** The counts in Redis at the last read. */
  #known: ReadonlyMap<string, number> = new Map();
  #timer: NodeJS.Timeout | undefined;

  constructor({ redis, log }: { redis: RedisClient; log: Logger }) {
    this.#redis = redis;
    this.#log = log;
  }

  /** Counts a refusal. */
  count({ name, sale = '' }: LimitState): void {
    this.#add(`${sale}|${name}`, 1);
    this.#startTimer();
  }

  /** Refusals of all processes, of everything or of the tickets of one sale. */
  async total(sale?: string): Promise<number> {
    await this.#flush();
    try {
      this.#known = await readThrottled(this.#redis);
    } catch (error) {
      this.#log.warn(
        { err: error },
        'throttled requests of other processes not read: Redis is unavailable',
      );
    }
    const counts = [...this.#known, ...this.#pending];
    return counts.reduce((sum, [field, count]) => {
      return sale === undefined || field.startsWith(`${sale}|`) ? sum + count : sum;
    }, 0);
  }

  /** Flushes the counts to Redis, and stops. */
  async stop(): Promise<void> {
    await this.#flush();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #flush(): Promise<void> {
    if (this.#pending.size === 0) return;
    const taken = this.#pending;
    this.#pending = new Map();
    try {
      await addThrottled(this.#redis, taken);
    } catch (error) {
      this.#log.warn({ err: error }, 'throttled requests not written, kept in memory');
      for (const [field, count] of taken) this.#add(field, count);
      this.#startTimer();
    }
  }

  #add(field: string, count: number): void {
    this.#pending.set(field, (this.#pending.get(field) ?? 0) + count);
  }

  #startTimer(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#flush();
    }, FLUSH_MS);
  }
}
