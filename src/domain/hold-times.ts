import { HOLD_LIMIT_MAX, type HoldLimit } from './sale.ts';

/** Times of the last holds of each origin of a sale: the rule of lua/fragments/origins.lua. */
export class HoldTimes {
  readonly #times = new Map<string, number[]>();

  /**
   * Whether a hold made at `at` would exceed the limit of any part of an origin.
   *
   * @param origin `hash` or `hash,hash`; undefined when holds are not counted
   * @param at in ms
   */
  isOver(origin: string | undefined, at: number, limit: HoldLimit | null): boolean {
    if (origin === undefined || limit === null) return false;
    return origin.split(',').some((hash) => {
      const times = this.#times.get(hash) ?? [];
      return times.filter((time) => time > at - limit.windowMs).length >= limit.count;
    });
  }

  /** Counts a hold made at `at`. */
  add(origin: string | undefined, at: number): void {
    for (const hash of origin?.split(',') ?? []) {
      this.#times.set(hash, [...(this.#times.get(hash) ?? []), at].slice(-HOLD_LIMIT_MAX));
    }
  }
}
