import { DomainError } from '../../domain/errors.ts';
import { SaleHub, type SaleHubDeps, type Subscription } from './sale-hub.ts';
import type { CachedSale } from './sale-views.ts';

/** The event streams of this process. */
export class SaleEvents {
  readonly #deps: SaleHubDeps;
  readonly #hubs = new Map<string, SaleHub>();
  #isStopped = false;

  constructor(deps: SaleHubDeps) {
    this.#deps = deps;
  }

  /** Open streams, over all sales. */
  get listeners(): number {
    return [...this.#hubs.values()].reduce((sum, hub) => sum + hub.size, 0);
  }

  /**
   * The events of a sale as a stream, a snapshot first. It is pull-based: a chunk is produced when
   * the connection has room for one, so a slow reader buffers one chunk and skips those between. It
   * counts as a listener from the first pull: the response to a HEAD is never read.
   *
   * @throws DomainError unavailable while this process shuts down
   */
  open(cached: CachedSale): ReadableStream<Uint8Array> {
    if (this.#isStopped) throw new DomainError('unavailable');
    let subscription: Subscription | undefined;
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          subscription ??= this.#hubOf(cached).join();
          const piece = await subscription.next();
          if (piece === undefined) controller.close();
          else controller.enqueue(piece);
        },
        cancel: () => subscription?.leave(),
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
