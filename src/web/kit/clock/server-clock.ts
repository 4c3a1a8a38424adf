/** After this long a newer sample wins, even one with a longer round trip. */
const STALE_MS = 120_000;

/**
 * The best estimate of the server's time: timers that trusted a wrong local clock would open sales
 * too early and end holds too late.
 */
export class ServerClock {
  readonly #nowMs: () => number;
  #offsetMs = 0;
  #roundTripMs = Number.POSITIVE_INFINITY;
  #notedAtMs = 0;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  /** The server's time, in ms since the epoch. */
  now(): number {
    return this.#nowMs() + this.#offsetMs;
  }

  /** The local time, in ms since the epoch. */
  localNow(): number {
    return this.#nowMs();
  }

  /**
   * Takes a sample from an answer that carries the server's time. The sample with the shortest
   * round trip wins until it is stale.
   *
   * @param serverTime ISO 8601
   * @param sentAtMs the local time when the request was sent
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
