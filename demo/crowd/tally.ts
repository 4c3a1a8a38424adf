/** The counters. `inLine` and `held` go down again. */
export type Count =
  | 'arrived'
  | 'inLine'
  | 'held'
  | 'paid'
  | 'quit'
  | 'lapsed'
  | 'soldOut'
  | 'waitlisted'
  | 'rejected'
  | 'refused'
  | 'away'
  | 'errors';

/** The outcomes of a crowd, counted. */
export class Tally {
  readonly #counts = new Map<Count, number>();
  readonly #acceptMs: number[] = [];
  readonly #failures = new Map<string, number>();

  of(count: Count): number {
    return this.#counts.get(count) ?? 0;
  }

  add(count: Count, by = 1): void {
    this.#counts.set(count, this.of(count) + by);
  }

  /** A ticket request was answered with 202 after this many ms. */
  accepted(ms: number): void {
    this.#acceptMs.push(ms);
  }

  /** A violation. */
  fail(what: string): void {
    this.add('errors');
    this.#failures.set(what, (this.#failures.get(what) ?? 0) + 1);
  }

  /** The violations with their counts, the most frequent first. */
  failures(): ReadonlyArray<readonly [string, number]> {
    return [...this.#failures].sort(([, a], [, b]) => b - a);
  }

  /** The time within which a share of the tickets was accepted, in ms; undefined without any. */
  acceptMs(share: number): number | undefined {
    const sorted = this.#acceptMs.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  }
}
