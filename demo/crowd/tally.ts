/** What is counted. `inLine` and `held` go down again. */
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

/** What becomes of a crowd, counted. */
export class Tally {
  readonly #counts = new Map<Count, number>();
  readonly #acceptMs: number[] = [];
  readonly #complaints = new Map<string, number>();

  of(count: Count): number {
    return this.#counts.get(count) ?? 0;
  }

  add(count: Count, by = 1): void {
    this.#counts.set(count, this.of(count) + by);
  }

  /** A ticket request was answered 202 after so many ms. */
  accepted(ms: number): void {
    this.#acceptMs.push(ms);
  }

  /** Something that should not be. */
  complain(what: string): void {
    this.add('errors');
    this.#complaints.set(what, (this.#complaints.get(what) ?? 0) + 1);
  }

  /** What should not be, with how often it was, the most frequent first. */
  complaints(): ReadonlyArray<readonly [string, number]> {
    return [...this.#complaints].sort(([, a], [, b]) => b - a);
  }

  /** The time within which a share of the tickets were accepted, in ms; undefined without any. */
  acceptMs(share: number): number | undefined {
    const sorted = this.#acceptMs.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  }
}
