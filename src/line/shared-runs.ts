/**
 * Coalesces concurrent requests for the same work. Every call is followed by a complete run: calls
 * made during a run share the next one.
 */
export class SharedRuns {
  readonly #work: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /**
   * Resolves, or rejects with the error of the work, after a run that began no earlier than this
   * call.
   */
  run(): Promise<void> {
    if (this.#next !== undefined) return this.#next;
    const before = this.#running ?? Promise.resolve();
    const next = before
      .catch(() => undefined) // its own callers get its error
      .then(() => {
        this.#running = next;
        this.#next = undefined;
        return this.#work();
      });
    this.#next = next;
    return next;
  }
}
