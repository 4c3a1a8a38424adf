import { DomainError } from '../../domain/errors.ts';
import { SaleHub, type SaleHubDeps, type Subscription } from './sale-hub.ts';
import type { CachedSale } from './sale-views.ts';

/** The streams of events of this process. */
export class SaleEvents {
  readonly #deps: SaleHubDeps;
  readonly #hubs = new Map<string, SaleHub>();
  #isStopped = false;

  constructor(deps: SaleHubDeps) {
    this.#deps = deps;
  }

  /** How many watch, over all sales. */
  get listeners(): number {
    return [...this.#hubs.values()].reduce((sum, hub) => sum + hub.size, 0);
  }

  /**
   * The events of a sale as a stream, a snapshot first. It is pulled: a piece is made when the
   * connection has room for one, so a slow reader holds one piece and misses those between. It
   * counts as watching from the first pull on: the answer to a HEAD is never read.
   *
   * @throws DomainError unavailable when this process ends
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

  /** Ends all streams; there are no new ones. */
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
