import DataLoader from 'dataloader';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Db } from '../../db/client.ts';
import { fromRow } from '../../db/sale-row.ts';
import { findSales, listSaleIds, type ProductRow, type SaleRecord } from '../../db/sales.ts';
import { DomainError, saleNotOpen } from '../../domain/errors.ts';
import { phaseAt, type SaleClock, windowAt } from '../../domain/sale.ts';
import type { ProgressWatch } from '../../line/progress.ts';
import type { RedisClient } from '../../redis/client.ts';
import { ShardKeys } from '../../redis/keys.ts';
import { isLineBusy, readAccepted, readClockMs } from '../../redis/line-reads.ts';
import { fromSettings, type SaleView } from '../schemas/sale.ts';

/** Displayed stock is at most one second old; this leaves time for the read itself. */
const FRESH_MS = 500;
const CACHED_SALES = 1_000;

/** How long it is remembered that there is no such sale, and of how many ids. */
const MISSING_MS = 1_000;
const MISSING_MAX = 10_000;

/** Sales of one query at most. */
const SALES_MAX = 100;

/** A sale as read from Postgres, and the number of places in its line that Redis has given out. */
export interface CachedSale extends SaleRecord {
  readonly accepted: number;
  readonly queueEmpty: boolean;
}

/** The public view of sales, read at most twice per second regardless of the number of requests. */
export class SaleViews {
  readonly #deps: SaleViewsDeps;
  readonly #sales: LRUCache<string, CachedSale>;
  readonly #lists = new LRUCache<string, { ids: string[] }>({ max: 100, ttl: FRESH_MS });
  /** Until when it is remembered that there is no such sale, in ms. */
  readonly #missing = new LRUCache<string, number>({ max: MISSING_MAX });
  /** What is asked for in one turn of the event loop shares its queries. */
  readonly #records: DataLoader<string, SaleRecord | undefined>;
  #version = 0;
  /** Redis's clock minus this process's, in ms: phases follow Redis's clock. */
  #clockOffsetMs = 0;

  constructor(deps: SaleViewsDeps) {
    this.#deps = deps;
    this.#records = new DataLoader((ids) => findSales(deps.db, ids), {
      cache: false,
      maxBatchSize: SALES_MAX,
      batchScheduleFn: setImmediate,
    });
    this.#sales = new LRUCache({
      max: CACHED_SALES,
      ttl: FRESH_MS,
      // While Postgres is unavailable, accepting continues with the cached sale, see peek().
      noDeleteOnFetchRejection: true,
      noDeleteOnStaleGet: true,
      fetchMethod: (id) => this.#read(id),
    });
  }

  /** Differs from what it was as soon as anything that `list` and `find` return may differ. */
  get version(): number {
    return this.#version;
  }

  /** A sale that memory has, at most half a second old. */
  known(id: string): CachedSale | undefined {
    return this.#sales.get(id);
  }

  /**
   * A sale, at most half a second old; undefined when there is none, or was none a second ago: who
   * asks for nothing again and again costs one query a second.
   */
  async find(id: string): Promise<CachedSale | undefined> {
    if (this.#isMissing(id)) return undefined;
    return this.#sales.fetch(id);
  }

  /** A sale as it is now: after a change, or for what the cache does not have. */
  async refresh(id: string): Promise<CachedSale | undefined> {
    return this.#sales.fetch(id, { forceRefresh: true });
  }

  /**
   * Like `find`, but throws if there is none.
   *
   * @throws DomainError sale_not_found
   */
  async require(id: string): Promise<CachedSale> {
    return required(await this.find(id));
  }

  /**
   * Like `refresh`, but throws if there is none.
   *
   * @throws DomainError sale_not_found
   */
  async requireFresh(id: string): Promise<CachedSale> {
    if (this.#isMissing(id)) throw new DomainError('sale_not_found');
    return required(await this.refresh(id));
  }

  /**
   * The cached sale, stale or not: a poll must not wait. A stale one is refreshed in the
   * background.
   */
  peek(id: string): CachedSale | undefined {
    const known = this.#sales.peek(id, { allowStale: true });
    if (this.#sales.getRemainingTTL(id) <= 0 && !this.#isMissing(id)) {
      this.#sales.fetch(id).catch((error: unknown) => {
        this.#deps.log.debug({ err: error, sale: id }, 'sale not read');
      });
    }
    return known;
  }

  /** Whether a sale was open half a second ago at most; false when that is not known. */
  wasJustOpen(id: string): boolean {
    return this.#sales.peek(id)?.sale.closed === '';
  }

  /**
   * Applies a rule to the cached sale. A refusal may be based on stale data, so it is checked again
   * with the sale as it is now.
   *
   * @param known the cached sale, for a rule that need not wait
   * @throws DomainError sale_not_found, or the refusal of the rule
   */
  async judge<T>(
    id: string,
    known: CachedSale | undefined,
    rule: (sale: CachedSale) => T | DomainError,
  ): Promise<{ readonly cached: CachedSale; readonly verdict: T }> {
    if (known !== undefined) {
      const verdict = rule(known);
      if (!(verdict instanceof DomainError)) return { cached: known, verdict };
    }
    const cached = await this.requireFresh(id);
    const verdict = rule(cached);
    if (verdict instanceof DomainError) throw verdict;
    return { cached, verdict };
  }

  /** Up to `limit` + 1 sales, newest first, older than `after`. */
  async list(limit: number, after: string | undefined): Promise<CachedSale[]> {
    const name = `${limit} ${after ?? ''}`;
    let list = this.#lists.get(name);
    if (list === undefined) {
      list = { ids: await listSaleIds(this.#deps.db, limit + 1, after) };
      this.#lists.set(name, list);
    }
    const sales = await Promise.all(list.ids.map((id) => this.find(id)));
    return sales.filter((sale) => sale !== undefined);
  }

  /** Forgets the lists: a sale was created. */
  forgetLists(): void {
    this.#version++;
    this.#lists.clear();
  }

  /**
   * For requests without a place in line: checks that the sale takes tickets, by this process's
   * estimate of Redis's clock.
   *
   * @throws DomainError sale_not_open, sale_closed
   */
  requireOpen({ sale }: CachedSale): void {
    const clock = clockOf({ sale });
    const nowMs = this.nowMs();
    const window = windowAt(clock, nowMs);
    if (window === 'upcoming') throw saleNotOpen(clock.startsAtMs - nowMs);
    if (window === 'closed') throw new DomainError('sale_closed');
  }

  /** Redis's time, as estimated by this process. */
  nowMs(): number {
    return Date.now() + this.#clockOffsetMs;
  }

  /** A sale as the API shows it. */
  show(cached: CachedSale): SaleView {
    const { sale, products, accepted, queueEmpty } = cached;
    const nowMs = this.nowMs();
    const passed = this.#deps.progress.passed(sale.shard, sale.id);
    return {
      id: sale.id,
      ...fromSettings(fromRow(sale)),
      phase: phaseAt(clockOf(cached), products, nowMs),
      serverTime: new Date(nowMs).toISOString(),
      products: products.map(showProduct),
      line: {
        waiting: queueEmpty ? 0 : Math.max(0, accepted - passed),
        decided: sale.line_number,
      },
    };
  }

  #isMissing(id: string): boolean {
    return (this.#missing.get(id) ?? 0) > performance.now();
  }

  async #read(id: string): Promise<CachedSale | undefined> {
    const record = await this.#records.load(id);
    if (record === undefined) {
      this.#missing.set(id, performance.now() + MISSING_MS);
      return undefined;
    }
    this.#missing.delete(id);
    const read = { ...record, ...(await this.#readLine(record)) };
    this.#version++;
    return read;
  }

  /** The state of the line. While Redis is unavailable the last known state is shown. */
  async #readLine({ sale }: SaleRecord): Promise<{ accepted: number; queueEmpty: boolean }> {
    const { redis, progress, log } = this.#deps;
    const keys = new ShardKeys(sale.shard);
    try {
      const [accepted, isBusy, redisMs] = await Promise.all([
        readAccepted(redis, keys, sale.id),
        isLineBusy(redis, keys),
        readClockMs(redis),
        progress.ensure(sale.shard),
      ]);
      this.#clockOffsetMs = redisMs - Date.now();
      return { accepted, queueEmpty: !isBusy };
    } catch (error) {
      log.debug({ err: error, sale: sale.id }, 'line not read');
      const known = this.#sales.peek(sale.id, { allowStale: true });
      return { accepted: known?.accepted ?? 0, queueEmpty: known?.queueEmpty ?? true };
    }
  }
}

export interface SaleViewsDeps {
  readonly redis: RedisClient;
  readonly db: Db;
  readonly progress: ProgressWatch;
  readonly log: Logger;
}

function required(sale: CachedSale | undefined): CachedSale {
  if (sale === undefined) throw new DomainError('sale_not_found');
  return sale;
}

/** The part of a sale that determines its phase. */
function clockOf({ sale }: Pick<SaleRecord, 'sale'>): SaleClock {
  return {
    startsAtMs: sale.starts_at.getTime(),
    endsAtMs: sale.ends_at.getTime(),
    closed: sale.closed !== '',
  };
}

/** A product as the API shows it. */
export function showProduct(product: ProductRow): SaleView['products'][number] {
  const { id, name, description, amount, currency, total, available, held, sold } = product;
  return { id, name, description, amount, currency, stock: { total, available, held, sold } };
}
