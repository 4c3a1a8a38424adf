/**
 * A read that is shared by all who ask for it: those who ask while it is under way, and those who
 * ask soon after.
 */
export class SharedRead<T> {
  readonly #read: () => Promise<T>;
  readonly #keepMs: number;
  readonly #rests: number;
  readonly #nowMs: () => number;
  #last: Promise<T> | undefined;
  /** Until when the last result is good; infinite while it is being read. */
  #untilMs = 0;

  /**
   * @param options.keepMs how long a result is good, in ms; 0: it is shared only by those who ask
   *   while it is read
   * @param options.rests how many times as long as a read took its result is good at least: what
   *   grows is read less often, and never costs more than this share of the time
   */
  constructor(
    read: () => Promise<T>,
    options: {
      readonly keepMs: number;
      readonly rests?: number;
      readonly nowMs?: () => number;
    },
  ) {
    this.#read = read;
    this.#keepMs = options.keepMs;
    this.#rests = options.rests ?? 0;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /** The shared result. An error is shared by those who wait for it, and not kept. */
  get(): Promise<T> {
    if (this.#last !== undefined && this.#nowMs() < this.#untilMs) return this.#last;
    this.#last = this.#start();
    return this.#last;
  }

  async #start(): Promise<T> {
    const startMs = this.#nowMs();
    this.#untilMs = Number.POSITIVE_INFINITY;
    try {
      const result = await this.#read();
      const endMs = this.#nowMs();
      this.#untilMs = endMs + Math.max(this.#keepMs, this.#rests * (endMs - startMs));
      return result;
    } catch (error) {
      this.#untilMs = 0;
      throw error;
    }
  }
}
