import type { StoredValue } from '../browser/stored-value.ts';
import { type ApiClient, answered } from '../client/api-client.ts';
import { hasCode } from '../client/problem.ts';

/** Keys from links in mails, by order. */
export type OrderKeys = Readonly<Record<string, string>>;

interface Access {
  readonly token: string;
  readonly validUntilMs: number;
}

/** Access tokens are renewed this long before they expire. */
const RENEW_EARLY_MS = 60_000;

/** The orders that links in mails have opened here, each with access to itself alone. */
export class OrderLinks {
  readonly #keys: StoredValue<OrderKeys>;
  readonly #open: ApiClient;
  readonly #nowMs: () => number;
  readonly #access = new Map<string, Access>();

  /** @param keys should last no longer than the tab: who has a key has the order */
  constructor(keys: StoredValue<OrderKeys>, open: ApiClient, nowMs: () => number = Date.now) {
    this.#keys = keys;
    this.#open = open;
    this.#nowMs = nowMs;
  }

  readonly get = (): OrderKeys => this.#keys.get();
  readonly subscribe = (listener: () => void) => this.#keys.subscribe(listener);

  /**
   * Keeps the key of a link that was opened.
   *
   * @returns the path without the key, which must not stay in the address bar; undefined when it is
   *   no such link
   */
  take({ pathname, hash }: Pick<Location, 'pathname' | 'hash'>): string | undefined {
    const [, orderId] = /^\/orders\/([\w-]+)$/.exec(pathname) ?? [];
    const [, key] = /^#key=([\w-]+)$/.exec(hash) ?? [];
    if (orderId === undefined || key === undefined) return undefined;
    this.#keys.set({ ...this.#keys.get(), [orderId]: key });
    return pathname;
  }

  /**
   * An access token for an order that a link opened; undefined for any other.
   *
   * @param refused a token that the API refused, so that a new one is needed
   * @throws ApiProblem invalid_link when the link has expired; its key is forgotten
   */
  async token(orderId: string, refused?: string): Promise<string | undefined> {
    const key = this.#keys.get()[orderId];
    if (key === undefined) return undefined;
    const known = this.#access.get(orderId);
    const isGood = known !== undefined && known.token !== refused;
    if (isGood && known.validUntilMs > this.#nowMs()) return known.token;
    try {
      const call = this.#open.orders[':orderId'].access.$post({
        param: { orderId },
        json: { key },
      });
      const { accessToken: token, expiresIn } = await answered(call);
      const validUntilMs = this.#nowMs() + expiresIn * 1_000 - RENEW_EARLY_MS;
      this.#access.set(orderId, { token, validUntilMs });
      return token;
    } catch (error) {
      if (hasCode(error, 'invalid_link')) this.#forget(orderId);
      throw error;
    }
  }

  #forget(orderId: string): void {
    const { [orderId]: _, ...others } = this.#keys.get();
    this.#keys.set(others);
  }
}

/** Parses stored keys; anything else in the storage is dropped. */
export function readOrderKeys(stored: unknown): OrderKeys {
  const entries = Object.entries(Object(stored) as Record<string, unknown>);
  const keys = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return Object.fromEntries(keys);
}
