/** Reads rows that come in pages, one after another. */
export class RowReader<R> {
  readonly #pages: AsyncIterator<readonly R[]>;
  #page: readonly R[] = [];
  #at = 0;

  constructor(pages: AsyncIterable<readonly R[]>) {
    this.#pages = pages[Symbol.asyncIterator]();
  }

  /** The next row; undefined when there are no more. */
  async peek(): Promise<R | undefined> {
    while (this.#at === this.#page.length) {
      const { value, done } = await this.#pages.next();
      if (done === true) return undefined;
      this.#page = value;
      this.#at = 0;
    }
    return this.#page[this.#at];
  }

  /** Goes on to the row behind the one that {@link peek} gave. */
  pass(): void {
    this.#at++;
  }
}
