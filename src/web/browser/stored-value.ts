/** The part of `localStorage` that is used. */
export type KeyValues = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * A value in `localStorage` that React can subscribe to and that follows what other tabs write.
 * Where nothing may be stored (a private window), it lives as long as the page.
 */
export class StoredValue<T> {
  readonly #key: string;
  readonly #read: (stored: unknown) => T;
  readonly #storage: KeyValues | undefined;
  readonly #listeners = new Set<() => void>();
  #value: T;

  /** @param read makes the value of what was stored, whatever that is; of undefined when nothing was */
  constructor(key: string, read: (stored: unknown) => T, storage: KeyValues | undefined) {
    this.#key = key;
    this.#read = read;
    this.#storage = storage;
    this.#value = this.#load();
  }

  readonly get = (): T => this.#value;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Reads it again: another tab may have written it a moment ago. */
  reload(): T {
    this.#value = this.#load();
    this.#tell();
    return this.#value;
  }

  set(value: T): void {
    this.#value = value;
    try {
      if (value === undefined) this.#storage?.removeItem(this.#key);
      else this.#storage?.setItem(this.#key, JSON.stringify(value));
    } catch {
      // The storage is full or forbidden: the value lives on in this page.
    }
    this.#tell();
  }

  /** To be called with what the browser tells of other tabs' writing. */
  onStorage(key: string | null): void {
    if (key === this.#key || key === null) this.reload();
  }

  #load(): T {
    try {
      const text = this.#storage?.getItem(this.#key) ?? undefined;
      return this.#read(text === undefined ? undefined : JSON.parse(text));
    } catch {
      return this.#read(undefined);
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
