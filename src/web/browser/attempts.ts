import { newKey } from './new-key.ts';
import type { StoredValue } from './stored-value.ts';

/** A wanted quantity of a product. */
export interface WantedItem {
  readonly productId: string;
  readonly quantity: number;
}

/** What to buy, where and for whom. */
export interface Wish {
  readonly saleId: string;
  readonly buyer: string;
  /** For a cart, its contents; empty where they are no longer known. */
  readonly items: readonly WantedItem[];
  /** Whether this is a cart checkout. */
  readonly fromCart: boolean;
}

/** A purchase attempt whose ticket is not known yet. */
export interface Attempt extends Wish {
  /** The Idempotency-Key: the same for every retry, so that a retry never buys twice. */
  readonly key: string;
  /** When the buyer last asked for it, by this browser's clock; 0 where unknown. */
  readonly beganAtMs: number;
  /** Whether the buyer has seen it fail, or has signed out: then it resumes only on request. */
  readonly setAside: boolean;
}

/** Longer than any reload or lost answer takes; after it the buyer may have changed their mind. */
const RESUME_MS = 120_000;

/** Whether an attempt may resume without asking the buyer. */
export function mayResume(
  { beganAtMs, setAside }: Pick<Attempt, 'beganAtMs' | 'setAside'>,
  nowMs: number,
): boolean {
  const age = nowMs - beganAtMs;
  return !setAside && age >= 0 && age <= RESUME_MS;
}

/** Whether two lists want the same items, in any order. */
export function sameItems(one: readonly WantedItem[], other: readonly WantedItem[]): boolean {
  const wanted = new Map(one.map(({ productId, quantity }) => [productId, quantity]));
  return (
    one.length === other.length &&
    other.every(({ productId, quantity }) => wanted.get(productId) === quantity)
  );
}

/** Attempts in progress, stored so that a lost answer or a reload resumes with the same key. */
export class Attempts {
  readonly #value: StoredValue<readonly Attempt[]>;
  readonly #nowMs: () => number;

  constructor(value: StoredValue<readonly Attempt[]>, nowMs: () => number = Date.now) {
    this.#value = value;
    this.#nowMs = nowMs;
  }

  readonly get = (): readonly Attempt[] => this.#value.get();
  readonly subscribe = (listener: () => void) => this.#value.subscribe(listener);

  find(saleId: string, buyer: string): Attempt | undefined {
    return this.#value.get().find((one) => one.saleId === saleId && one.buyer === buyer);
  }

  /**
   * Begins an attempt. The same wish keeps its key; a different wish replaces the older attempt in
   * the sale.
   */
  begin({ saleId, buyer, items, fromCart }: Wish): Attempt {
    const before = this.find(saleId, buyer);
    const isSame = before?.fromCart === fromCart && sameItems(before.items, items);
    const key = isSame ? before.key : newKey();
    const wish = { saleId, buyer, items, fromCart };
    const begun = { ...wish, key, beganAtMs: this.#nowMs(), setAside: false };
    this.#value.set([...this.#value.get().filter((one) => one !== before), begun]);
    return begun;
  }

  /** Ends an attempt: its ticket is known, it was refused, or the buyer dropped it. */
  end(key: string): void {
    this.#value.set(this.#value.get().filter((one) => one.key !== key));
  }

  /** Sets an attempt aside until the buyer resumes it. */
  setAside(key: string): void {
    this.#setAside((one) => one.key === key);
  }

  /** Sets aside all attempts of a buyer who has signed out. */
  setAsideOf(buyer: string): void {
    this.#setAside((one) => one.buyer === buyer);
  }

  #setAside(isMeant: (one: Attempt) => boolean): void {
    const all = this.#value.get();
    if (!all.some((one) => isMeant(one) && !one.setAside)) return;
    this.#value.set(all.map((one) => (isMeant(one) ? { ...one, setAside: true } : one)));
  }
}

/** Parses stored attempts and drops invalid ones. An attempt without a time counts as old. */
export function readAttempts(stored: unknown): readonly Attempt[] {
  if (!Array.isArray(stored)) return [];
  return stored.flatMap((one: Partial<Attempt> | null) => {
    const { saleId, buyer, key, items } = one ?? {};
    if (typeof saleId !== 'string' || typeof buyer !== 'string') return [];
    if (typeof key !== 'string' || (items !== undefined && !Array.isArray(items))) return [];
    return {
      saleId,
      buyer,
      key,
      items: items ?? [],
      // Older versions stored carts without items.
      fromCart: one?.fromCart === true || items === undefined,
      beganAtMs: typeof one?.beganAtMs === 'number' ? one.beganAtMs : 0,
      setAside: one?.setAside === true,
    };
  });
}
