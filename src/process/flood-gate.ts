/** How many pass in a window, of one key and of all. */
export interface GateBounds {
  readonly perKey: number;
  readonly total: number;
  readonly windowMs: number;
}

/**
 * Lets a bounded number pass in each window of time, so that a flood fills neither a log nor a
 * table. It remembers no more keys than may pass.
 */
export class FloodGate {
  readonly #bounds: GateBounds;
  readonly #nowMs: () => number;
  readonly #passed = new Map<string, number>();
  #window = 0;
  #total = 0;

  constructor(bounds: GateBounds, nowMs: () => number = Date.now) {
    this.#bounds = bounds;
    this.#nowMs = nowMs;
  }

  /** Whether one with this key may pass; it is counted if so. */
  pass(key: string): boolean {
    const window = Math.floor(this.#nowMs() / this.#bounds.windowMs);
    if (window !== this.#window) {
      this.#passed.clear();
      this.#window = window;
      this.#total = 0;
    }
    const passed = this.#passed.get(key) ?? 0;
    if (passed >= this.#bounds.perKey || this.#total >= this.#bounds.total) return false;
    this.#passed.set(key, passed + 1);
    this.#total++;
    return true;
  }
}
