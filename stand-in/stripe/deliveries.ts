import { Stripe } from 'stripe';
import type { Store, Undelivered } from './store.ts';

const ANSWER_TIMEOUT_MS = 10_000;
const MAX_RETRY_DELAY_MS = 60_000;
const GIVE_UP_AFTER_MS = 3 * 24 * 60 * 60 * 1000;

export interface DeliveriesOptions {
  readonly store: Store;
  readonly secret: string;
  readonly url: string | undefined;
  readonly nowMs: () => number;
  /** Milliseconds until the next try, after `attempts` failures. */
  readonly retryDelayMs: (attempts: number) => number;
}

/** 1 s, 2 s, 4 s … up to 60 s after 1, 2, 3 … failed attempts. */
export function retryDelayMs(attempts: number): number {
  return Math.min(1000 * 2 ** Math.min(attempts - 1, 6), MAX_RETRY_DELAY_MS);
}

/**
 * Delivers events to the webhook: each at once and independently, so they may overtake each other.
 */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  #current: 'auto' | 'held' = 'auto';

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  /** In `held`, events queue until they are sent explicitly. */
  get mode(): 'auto' | 'held' {
    return this.#current;
  }

  /** `auto` is the same as {@link release}. */
  set mode(mode: 'auto' | 'held') {
    this.#current = mode;
    if (mode === 'held') return;
    this.#clearTimers();
    this.kick();
  }

  /** Back to `auto`; everything undelivered is sent at once, including what waits for a retry. */
  release(): void {
    this.mode = 'auto';
  }

  /** The events queued in `held`, oldest first; none in `auto`. */
  held(): readonly Stripe.Event[] {
    if (this.#current === 'auto') return [];
    const { events, undelivered } = this.#options.store;
    return [...events.values()].filter((event) => undelivered.has(event.id));
  }

  /**
   * Posts an event to the webhook now, whatever the mode and however often it was sent before.
   *
   * @returns the HTTP status, 0 when there was no answer
   */
  async send(eventId: string): Promise<number> {
    const event = this.#options.store.events.get(eventId);
    if (event === undefined) throw new Error(`There is no event ${eventId}`);
    const status = await this.#post(event);
    if (isTaken(status)) this.#settle(eventId);
    return status;
  }

  /** Starts the deliveries that are neither in flight nor waiting for a retry. */
  kick(): void {
    const { url } = this.#options;
    if (url === undefined || this.#current === 'held' || this.#stopping.signal.aborted) return;
    for (const waiting of this.#options.store.undelivered.values()) {
      if (this.#running.has(waiting.id) || this.#timers.has(waiting.id)) continue;
      const run = this.#attempt(waiting).finally(() => this.#running.delete(waiting.id));
      this.#running.set(waiting.id, run);
    }
  }

  /** Stops retrying; undelivered events stay undelivered. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#clearTimers();
    await Promise.all(this.#running.values());
  }

  #clearTimers(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  async #attempt({ id, attempts, sinceMs }: Undelivered): Promise<void> {
    const { store, nowMs, retryDelayMs: delayMs } = this.#options;
    await this.send(id);
    // Delivered, or interrupted by the end of this process.
    if (!store.undelivered.has(id) || this.#stopping.signal.aborted) return;
    const failed = attempts + 1;
    const givesUp = nowMs() - sinceMs > GIVE_UP_AFTER_MS;
    if (givesUp) store.undelivered.delete(id);
    else store.undelivered.set(id, { id, attempts: failed, sinceMs });
    store.save();
    if (givesUp) return;
    const timer = setTimeout(() => {
      this.#timers.delete(id);
      this.kick();
    }, delayMs(failed));
    timer.unref();
    this.#timers.set(id, timer);
  }

  async #post(event: Stripe.Event): Promise<number> {
    const { url, secret } = this.#options;
    if (url === undefined) throw new Error('There is no webhook to send to');
    const payload = JSON.stringify(event);
    // Signed by the real clock: the verifier compares with its own.
    const timestamp = Math.floor(Date.now() / 1000);
    const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Stripe-Signature': signature },
        body: payload,
        redirect: 'manual',
        signal: AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
      });
      await response.body?.cancel();
      return response.status;
    } catch {
      return 0;
    }
  }

  #settle(eventId: string): void {
    const { store } = this.#options;
    const event = store.events.get(eventId);
    if (!store.undelivered.delete(eventId) || event === undefined) return;
    clearTimeout(this.#timers.get(eventId));
    this.#timers.delete(eventId);
    store.events.set(eventId, { ...event, pending_webhooks: 0 });
    store.save();
  }
}

function isTaken(status: number): boolean {
  return status >= 200 && status < 300;
}
