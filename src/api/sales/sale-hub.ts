import type { Logger } from 'pino';
import type { ProgressWatch } from '../../line/progress.ts';
import type { SaleEventView } from '../schemas/sale.ts';
import type { CachedSale, SaleViews } from './sale-views.ts';

/** At most four snapshots per second. */
const GAP_MS = 250;
/**
 * Polling interval of a sale that takes tickets, for changes without a notification: places given
 * out. Any other is read when something moved, or when it is to open.
 */
const IDLE_MS = 1_000;
/** Longer than Node's timers can wait. */
const LONGEST_MS = 2 ** 31 - 1;
/**
 * Shorter than the idle timeouts of proxies and load balancers. It sends a snapshot: a comment
 * would be invisible to pages, for which a dead connection looks like a quiet sale.
 */
const HEARTBEAT_MS = 15_000;
/** When a browser reconnects after its connection broke. */
const RETRY_MS = 2_000;

export interface SaleHubDeps {
  readonly views: SaleViews;
  readonly progress: ProgressWatch;
  readonly log: Logger;
}

/** A subscriber. A slow one skips snapshots in between, never the latest. */
interface Listener {
  /** The number of the last snapshot it received. */
  seen: number;
  /** Receives the next chunk, if it is waiting for one. */
  take: ((piece: Uint8Array | undefined) => void) | undefined;
}

/** The source of a stream. */
export interface Subscription {
  /** The next chunk of the stream; undefined at its end. */
  next(): Promise<Uint8Array | undefined>;
  /** Unsubscribes; a pending `next` never resolves. */
  leave(): void;
}

/**
 * Sends the changes of a sale to all its subscribers: one read and one buffer, regardless of their
 * number. It lives while it has subscribers.
 */
export class SaleHub {
  readonly #deps: SaleHubDeps;
  readonly #onEmpty: () => void;
  readonly #listeners = new Set<Listener>();
  readonly #heartbeat: NodeJS.Timeout;
  readonly #forget: () => void;
  #sale: CachedSale;
  /** The last snapshot, without its time. */
  #shown: string;
  #number = 1;
  #piece: { readonly bytes: Uint8Array; readonly madeMs: number };
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #hasMoved = false;
  #lookedMs = performance.now();
  /** The last read failed: what moved is still to be read. */
  #isUnread = false;
  #isOver = false;

  /** @param onEmpty called when the last subscriber has left */
  constructor(deps: SaleHubDeps, sale: CachedSale, onEmpty: () => void) {
    this.#deps = deps;
    this.#sale = sale;
    this.#onEmpty = onEmpty;
    this.#shown = this.#content();
    this.#piece = this.#makePiece();
    this.#forget = deps.progress.onMove(sale.sale.shard, () => this.#move());
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
    this.#arm();
  }

  get size(): number {
    return this.#listeners.size;
  }

  /** Subscribes; begins with a snapshot. */
  join(): Subscription {
    const listener: Listener = { seen: 0, take: undefined };
    this.#listeners.add(listener);
    return {
      next: () => this.#next(listener),
      leave: () => {
        if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#onEmpty();
      },
    };
  }

  /** Ends every stream. */
  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    clearInterval(this.#heartbeat);
    this.#forget();
    for (const { take } of this.#listeners) take?.(undefined);
    this.#listeners.clear();
  }

  #next(listener: Listener): Promise<Uint8Array | undefined> {
    if (this.#isOver) return Promise.resolve(undefined);
    if (listener.seen === this.#number) {
      return new Promise((resolve) => {
        listener.take = resolve;
      });
    }
    listener.seen = this.#number;
    // The last snapshot may be old: a new subscriber gets a current time.
    if (performance.now() - this.#piece.madeMs > GAP_MS) this.#piece = this.#makePiece();
    return Promise.resolve(this.#piece.bytes);
  }

  /** Something changed in the shard; the first change after a pause is read immediately. */
  #move(): void {
    this.#hasMoved = true;
    if (!this.#isLooking) this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const waitMs = this.#hasMoved ? GAP_MS : Math.max(GAP_MS, this.#idleMs());
    if (waitMs === Number.POSITIVE_INFINITY) return; // nothing is due: the next move arms it again
    const leftMs = Math.max(0, waitMs - (performance.now() - this.#lookedMs));
    this.#timer = setTimeout(() => void this.#look(), Math.min(leftMs, LONGEST_MS)).unref();
  }

  /** Until the sale opens or ends, or for a while if it is open; infinite when it is over. */
  #idleMs(): number {
    const { starts_at: startsAt, ends_at: endsAt, closed } = this.#sale.sale;
    if (this.#isUnread) return IDLE_MS;
    if (closed !== '') return Number.POSITIVE_INFINITY;
    const nowMs = this.#deps.views.nowMs();
    const ahead = [startsAt.getTime() - nowMs, endsAt.getTime() - nowMs].filter((ms) => ms > 0);
    const isOpen = ahead.length === 1;
    return Math.min(isOpen ? IDLE_MS : Number.POSITIVE_INFINITY, ...ahead.map((ms) => ms + 1));
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    this.#hasMoved = false;
    const { views, log } = this.#deps;
    const { id } = this.#sale.sale;
    try {
      this.#sale = (await views.refresh(id)) ?? this.#sale;
      this.#isUnread = false;
    } catch (error) {
      this.#isUnread = true;
      log.debug({ err: error, sale: id }, 'sale not read for its event streams');
    }
    if (this.#isOver) return;
    const content = this.#content();
    if (content !== this.#shown) {
      this.#shown = content;
      this.#number += 1;
      this.#piece = this.#makePiece();
      this.#tell(this.#piece.bytes, this.#number);
    }
    this.#isLooking = false;
    this.#lookedMs = performance.now();
    this.#arm();
  }

  #beat(): void {
    this.#piece = this.#makePiece();
    this.#tell(this.#piece.bytes);
  }

  /**
   * Hands a chunk to all subscribers that are waiting. The others are still reading their last one.
   */
  #tell(bytes: Uint8Array, number?: number): void {
    for (const listener of this.#listeners) {
      const { take } = listener;
      if (take === undefined) continue;
      listener.take = undefined;
      if (number !== undefined) listener.seen = number;
      take(bytes);
    }
  }

  #view(): SaleEventView {
    const { phase, products, line, serverTime } = this.#deps.views.show(this.#sale);
    const stocks = products.map(({ id, stock }) => ({ id, stock }));
    return { phase, products: stocks, line, serverTime };
  }

  #content(): string {
    return JSON.stringify({ ...this.#view(), serverTime: undefined });
  }

  #makePiece() {
    const view = this.#view();
    const id = Date.parse(view.serverTime);
    const text = `retry: ${RETRY_MS}\nid: ${id}\ndata: ${JSON.stringify(view)}\n\n`;
    return { bytes: Buffer.from(text), madeMs: performance.now() };
  }
}
