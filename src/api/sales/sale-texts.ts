import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { page } from '../schemas/common.ts';
import type { CachedSale, SaleViews } from './sale-views.ts';

/** A text is made again after this, for its `serverTime` and the line. */
const TEXT_MS = 100;
const CACHED_LISTS = 100;

/** An answer as text, made once for all who ask. */
export interface SharedText {
  readonly text: string;
  /** Names its content but for `serverTime`: weak, because that differs. */
  readonly etag: string;
}

interface MadeText extends SharedText {
  /** On the clock of `performance.now()`, which nobody sets back. */
  readonly freshUntilMs: number;
  /** By the clock of the views: a sale starts or ends then. */
  readonly turnsAtMs: number;
}

/** The public reads of sales as texts: each made once a change, and at most ten times a second. */
export class SaleTexts {
  readonly #views: SaleViews;
  readonly #sales = new WeakMap<CachedSale, MadeText>();
  readonly #lists = new LRUCache<string, MadeText & { readonly version: number }>({
    max: CACHED_LISTS,
  });

  constructor(views: SaleViews) {
    this.#views = views;
  }

  /**
   * A sale, at once where it is in memory.
   *
   * @throws DomainError sale_not_found
   */
  sale(id: string): SharedText | Promise<SharedText> {
    const known = this.#views.known(id);
    if (known !== undefined) return this.#textOf(known);
    return this.#views.require(id).then((sale) => this.#textOf(sale));
  }

  /** Up to `limit` sales, newest first, older than `after`; at once where they are in memory. */
  list(limit: number, after: string | undefined): SharedText | Promise<SharedText> {
    const { version } = this.#views;
    const known = this.#lists.get(`${limit} ${after ?? ''}`);
    const isCurrent = known?.version === version && this.#isFresh(known);
    return isCurrent ? known : this.#makeList(limit, after);
  }

  async #makeList(limit: number, after: string | undefined): Promise<SharedText> {
    const { version } = this.#views; // before the read: it may change meanwhile
    const sales = await this.#views.list(limit, after);
    const { items, ...more } = page(
      sales,
      limit,
      ({ sale }) => sale.id,
      (sale) => this.#textOf(sale),
    );
    const rest = Object.entries(more).map(([name, value]) => `,"${name}":${JSON.stringify(value)}`);
    const made = {
      text: `{"items":[${items.map(({ text }) => text).join(',')}]${rest.join('')}}`,
      etag: tagOf(items.map(({ etag }) => etag).join() + rest.join('')),
      freshUntilMs: Math.min(
        ...items.map(({ freshUntilMs }) => freshUntilMs),
        performance.now() + TEXT_MS,
      ),
      turnsAtMs: Math.min(...items.map(({ turnsAtMs }) => turnsAtMs)),
      version,
    };
    this.#lists.set(`${limit} ${after ?? ''}`, made);
    return made;
  }

  #isFresh({ freshUntilMs, turnsAtMs }: MadeText): boolean {
    return performance.now() < freshUntilMs && this.#views.nowMs() < turnsAtMs;
  }

  #textOf(cached: CachedSale): MadeText {
    const known = this.#sales.get(cached);
    if (known !== undefined && this.#isFresh(known)) return known;
    const nowMs = this.#views.nowMs();
    const view = this.#views.show(cached);
    const { starts_at: startsAt, ends_at: endsAt } = cached.sale;
    const turns = [startsAt.getTime(), endsAt.getTime()].filter((atMs) => atMs > nowMs);
    const made = {
      text: JSON.stringify(view),
      etag: tagOf(JSON.stringify({ ...view, serverTime: undefined })),
      freshUntilMs: performance.now() + TEXT_MS,
      turnsAtMs: Math.min(...turns),
    };
    this.#sales.set(cached, made);
    return made;
  }
}

function tagOf(content: string): string {
  return `W/"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
}
