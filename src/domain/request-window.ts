/** The length of a window, in ms; as in lua/fragments/request-window.lua. */
export const WINDOW_MS = 60_000;

/** What was counted, and the time of the check. */
export interface Counted {
  /** Requests in the previous minute. */
  readonly before: number;
  /** Requests in this minute. */
  readonly during: number;
  /** How much of this minute has passed, in ms. */
  readonly elapsedMs: number;
}

/**
 * How many more requests fit into the sliding window of a minute of two counters: this minute's
 * count, and the previous minute's weighted by how much of it is within the last 60 s. The same
 * rule as in lua/fragments/request-window.lua; whole numbers of ms throughout, so that both agree
 * exactly.
 */
export function remaining(quota: number, { before, during, elapsedMs }: Counted): number {
  const freeMs = (quota - during) * WINDOW_MS - before * (WINDOW_MS - elapsedMs);
  return Math.max(0, Math.floor(freeMs / WINDOW_MS));
}

/** In how many ms the next request fits, if none fits now. */
export function waitMs(quota: number, { before, during, elapsedMs }: Counted): number {
  if (during < quota) {
    return WINDOW_MS - elapsedMs - Math.floor(((quota - 1 - during) * WINDOW_MS) / before);
  }
  // Not in this minute: in the next one, once enough of this one is outside the window.
  return 2 * WINDOW_MS - elapsedMs - Math.floor(((quota - 1) * WINDOW_MS) / during);
}
