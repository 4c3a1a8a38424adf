/** The length of a window, in ms; as in lua/fragments/request-window.lua. */
export const WINDOW_MS = 60_000;

/** What was counted, and when it is asked. */
export interface Counted {
  /** Requests of the minute before. */
  readonly before: number;
  /** Requests of this minute. */
  readonly during: number;
  /** How much of this minute is over, in ms. */
  readonly elapsedMs: number;
}

/**
 * How many more requests fit into the sliding window of a minute by two counters: what was counted
 * in this minute, and what was counted in the one before, weighted by how much of it the last 60 s
 * still cover. The same rule as in lua/fragments/request-window.lua; whole numbers of ms throughout, so
 * that both agree to the last request.
 */
export function remaining(quota: number, { before, during, elapsedMs }: Counted): number {
  const freeMs = (quota - during) * WINDOW_MS - before * (WINDOW_MS - elapsedMs);
  return Math.max(0, Math.floor(freeMs / WINDOW_MS));
}

/** In how many ms the next request fits, where none fits now. */
export function waitMs(quota: number, { before, during, elapsedMs }: Counted): number {
  if (during < quota) {
    return WINDOW_MS - elapsedMs - Math.floor(((quota - 1 - during) * WINDOW_MS) / before);
  }
  // Not in this minute: in the next one, once enough of this has gone.
  return 2 * WINDOW_MS - elapsedMs - Math.floor(((quota - 1) * WINDOW_MS) / during);
}
