import { DomainError } from '../../domain/errors.ts';
import type { OpenRequests } from '../../limits/open-requests.ts';
import { SaleHub, type SaleHubDeps, type Subscription } from './sale-hub.ts';
import type { CachedSale } from './sale-views.ts';

interface SaleEventsDeps extends SaleHubDeps {
  /** Counts the open streams. */
  readonly streams: OpenRequests;
}

/** The event streams of this process. */
export class SaleEvents {
  readonly #deps: SaleEventsDeps;
  readonly #hubs = new Map<string, SaleHub>();
  #isStopped = false;

  constructor(deps: SaleEventsDeps) {
    this.#deps = deps;
  }

  /** Open streams, over all sales. */
  get listeners(): number {
    return [...this.#hubs.values()].reduce((sum, hub) => sum + hub.size, 0);
  }

  /**
   * The events of a sale as a stream, a snapshot first. It is pull-based: a chunk is produced when
   * the connection has room for one, so a slow reader buffers one chunk and skips those between. It
   * watches the sale from the first pull on. Whoever gets it reads it to its end or cancels it.
   *
   * @param ip whose stream it is, see `clientIp`
   * @throws DomainError too_many_requests when the IP has too many, unavailable when the process
   *   has, or shuts down
   */
  open(cached: CachedSale, ip: string): ReadableStream<Uint8Array> {
    if (this.#isStopped) throw new DomainError('unavailable');
    const close = this.#deps.streams.open(ip);
    let subscription: Subscription | undefined;
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          subscription ??= this.#hubOf(cached).join();
          const piece = await subscription.next();
          if (piece !== undefined) return controller.enqueue(piece);
          close();
          controller.close();
        },
        cancel() {
          close();
          subscription?.leave();
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** Ends all streams and accepts no new ones. */
  stop(): void {
    this.#isStopped = true;
    for (const hub of this.#hubs.values()) hub.end();
    this.#hubs.clear();
  }

  #hubOf(cached: CachedSale): SaleHub {
    const { id } = cached.sale;
    const known = this.#hubs.get(id);
    if (known !== undefined) return known;
    const hub = new SaleHub(this.#deps, cached, () => {
      hub.end();
      this.#hubs.delete(id);
    });
    this.#hubs.set(id, hub);
    if (this.#isStopped) hub.end();
    return hub;
  }
}
