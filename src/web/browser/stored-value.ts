/** The subset of `localStorage` in use. */
export type KeyValues = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * A value in `localStorage` that React can subscribe to and that follows writes from other tabs.
 * Where storage is forbidden (a private window), it lasts as long as the page.
 */
export class StoredValue<T> {
  readonly #key: string;
  readonly #read: (stored: unknown) => T;
  readonly #storage: KeyValues | undefined;
  readonly #listeners = new Set<() => void>();
  #value: T;

  /** @param read parses whatever was stored; gets undefined when nothing was */
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

  /** Reads it again: another tab may just have written it. Without storage it stays as it is. */
  reload(): T {
    if (this.#storage === undefined) return this.#value;
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
      // Storage is full or forbidden: the value lives in memory only.
    }
    this.#tell();
  }

  /** Handler for `storage` events, which report writes from other tabs. */
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
