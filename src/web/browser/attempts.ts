import { newKey } from './new-key.ts';
import type { StoredValue } from './stored-value.ts';

/** What somebody wants: so many of a product. */
export interface WantedItem {
  readonly productId: string;
  readonly quantity: number;
}

/** Whom to buy for, where and what. */
export interface Wish {
  readonly saleId: string;
  readonly buyer: string;
  /** Of a cart, what lay in it; nothing where that is not known any more. */
  readonly items: readonly WantedItem[];
  /** Whether it is the cart that is checked out. */
  readonly fromCart: boolean;
}

/** An attempt to buy whose ticket is not known yet. */
export interface Attempt extends Wish {
  /** The Idempotency-Key: the same for every repeat, so that none buys twice. */
  readonly key: string;
  /** When its buyer last asked for it, by this browser's clock; 0 where that is not known. */
  readonly beganAtMs: number;
  /** Whether its buyer has seen it fail, or has gone: then it goes on when they say so. */
  readonly setAside: boolean;
}

/** A reload and a lost answer take no longer; later people have changed their mind. */
const BY_ITSELF_MS = 120_000;

/** Whether an attempt may go on without a word of its buyer. */
export function goesOnByItself(
  { beganAtMs, setAside }: Pick<Attempt, 'beganAtMs' | 'setAside'>,
  nowMs: number,
): boolean {
  const age = nowMs - beganAtMs;
  return !setAside && age >= 0 && age <= BY_ITSELF_MS;
}

/** Whether two lists want the same, in whatever order. */
export function sameItems(one: readonly WantedItem[], other: readonly WantedItem[]): boolean {
  const wanted = new Map(one.map(({ productId, quantity }) => [productId, quantity]));
  return (
    one.length === other.length &&
    other.every(({ productId, quantity }) => wanted.get(productId) === quantity)
  );
}

/** Attempts under way, kept so that a lost answer or a reload goes on with the same key. */
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
   * Begins an attempt. The same wish goes on with the key that it has; another one takes the place
   * of the older one in the sale.
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

  /** Ends an attempt: its ticket is known, it was refused, or its buyer lets it be. */
  end(key: string): void {
    this.#value.set(this.#value.get().filter((one) => one.key !== key));
  }

  /** Leaves an attempt until its buyer says that it shall go on. */
  setAside(key: string): void {
    this.#setAside((one) => one.key === key);
  }

  /** Leaves all attempts of a buyer who has gone. */
  setAsideOf(buyer: string): void {
    this.#setAside((one) => one.buyer === buyer);
  }

  #setAside(isMeant: (one: Attempt) => boolean): void {
    const all = this.#value.get();
    if (!all.some((one) => isMeant(one) && !one.setAside)) return;
    this.#value.set(all.map((one) => (isMeant(one) ? { ...one, setAside: true } : one)));
  }
}

/** Reads what was stored; leaves out what is no attempt. What knows no time is old. */
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
      // Carts had no items once.
      fromCart: one?.fromCart === true || items === undefined,
      beganAtMs: typeof one?.beganAtMs === 'number' ? one.beganAtMs : 0,
      setAside: one?.setAside === true,
    };
  });
}
