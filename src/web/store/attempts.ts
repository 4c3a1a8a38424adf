import type { StoredValue } from './stored-value.ts';

/** What somebody wants: so many of a product. */
export interface WantedItem {
  readonly productId: string;
  readonly quantity: number;
}

/** An attempt to buy whose ticket is not known yet. */
export interface Attempt {
  readonly saleId: string;
  readonly buyer: string;
  /** The Idempotency-Key: the same for every repeat, so that none buys twice. */
  readonly key: string;
  /** Undefined where it is what lies in the cart. */
  readonly items: readonly WantedItem[] | undefined;
}

/** Attempts under way, kept so that a lost answer or a reload goes on with the same key. */
export class Attempts {
  readonly #value: StoredValue<readonly Attempt[]>;

  constructor(value: StoredValue<readonly Attempt[]>) {
    this.#value = value;
  }

  readonly get = (): readonly Attempt[] => this.#value.get();
  readonly subscribe = (listener: () => void) => this.#value.subscribe(listener);

  find(saleId: string, buyer: string): Attempt | undefined {
    return this.#value.get().find((one) => one.saleId === saleId && one.buyer === buyer);
  }

  /** Begins an attempt with a key of its own; it takes the place of an older one in the sale. */
  begin(attempt: Omit<Attempt, 'key'>): Attempt {
    const begun = { ...attempt, key: newKey() };
    const others = this.#value
      .get()
      .filter((one) => one.saleId !== attempt.saleId || one.buyer !== attempt.buyer);
    this.#value.set([...others, begun]);
    return begun;
  }

  /** Ends an attempt: its ticket is known, or it was refused. */
  end(key: string): void {
    this.#value.set(this.#value.get().filter((one) => one.key !== key));
  }
}

/** Reads what was stored; leaves out what is no attempt. */
export function readAttempts(stored: unknown): readonly Attempt[] {
  if (!Array.isArray(stored)) return [];
  return stored.filter(
    (one): one is Attempt =>
      typeof one?.saleId === 'string' &&
      typeof one.buyer === 'string' &&
      typeof one.key === 'string' &&
      (one.items === undefined || Array.isArray(one.items)),
  );
}

/** Random, also where the page came by plain http and `randomUUID` is not there. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
