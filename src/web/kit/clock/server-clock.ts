/** How far apart two samples may be in round trips before the newer one wins all the same. */
const STALE_MS = 120_000;

/**
 * The server's time, as well as it can be known here: timers that count by a clock set wrongly
 * would open sales too early and end holds too late.
 */
export class ServerClock {
  readonly #nowMs: () => number;
  #offsetMs = 0;
  #roundTripMs = Number.POSITIVE_INFINITY;
  #notedAtMs = 0;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  /** The server's time in ms. */
  now(): number {
    return this.#nowMs() + this.#offsetMs;
  }

  /** This machine's time in ms. */
  here(): number {
    return this.#nowMs();
  }

  /**
   * Takes note of an answer that told the time. The fastest answer is the most exact; an old one
   * makes room.
   *
   * @param serverTime ISO 8601
   * @param sentAtMs this machine's time when the request was sent
   */
  note(serverTime: string, sentAtMs: number): void {
    const at = Date.parse(serverTime);
    const receivedAtMs = this.#nowMs();
    const roundTripMs = receivedAtMs - sentAtMs;
    const isStale = receivedAtMs - this.#notedAtMs > STALE_MS;
    if (Number.isNaN(at) || (roundTripMs > this.#roundTripMs && !isStale)) return;
    this.#offsetMs = at - (sentAtMs + roundTripMs / 2);
    this.#roundTripMs = roundTripMs;
    this.#notedAtMs = receivedAtMs;
  }
}
