/**
 * The Redis keys of one shard. All carry the shard's hash tag, the BullMQ queue's too, so that
 * every script finds its keys on one node of a cluster. Keys that a rebuild rewrites also carry the
 * epoch.
 */
export class ShardKeys {
  /** Prefix of the shard's BullMQ queue. */
  readonly prefix: string;
  readonly epoch: string;
  readonly progress: string;
  readonly accepted: string;
  readonly cancels: string;
  readonly reconciled: string;
  /** Written to check whether this Redis accepts writes. */
  readonly probe: string;
  /** What is public of the logs of its sales, by sale. */
  readonly published: string;

  constructor(shard: number) {
    this.prefix = `fairline:{${shard}}`;
    this.epoch = `${this.prefix}:epoch`;
    this.progress = `${this.prefix}:progress`;
    this.accepted = `${this.prefix}:accepted`;
    this.cancels = `${this.prefix}:cancels`;
    this.reconciled = `${this.prefix}:reconciled`;
    this.probe = `${this.prefix}:probe`;
    this.published = `${this.prefix}:published`;
  }

  /** A key of the shard's BullMQ queue: `wait`, `active`, `id`, … */
  queue(name: string): string {
    return `${this.prefix}:${QUEUE_NAME}:${name}`;
  }

  /** Counts the ticket requests of a sale: those of even minutes and those of odd ones. */
  requests(saleId: string): [string, string] {
    const key = `${this.prefix}:requests:${saleId}`;
    return [`${key}:0`, `${key}:1`];
  }

  /** Exists while the solution of a challenge must not be used by another request. */
  solved(id: string): string {
    return `${this.prefix}:solved:${id}`;
  }

  /** The keys that a rebuild rewrites. */
  at(epoch: number): EpochKeys {
    return new EpochKeys(`${this.prefix}:${epoch}`);
  }
}

/** The keys of one shard in one epoch. */
export class EpochKeys {
  readonly state: string;
  readonly journal: string;
  readonly deadlines: string;
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
    this.state = `${base}:state`;
    this.journal = `${base}:journal`;
    this.deadlines = `${base}:deadlines`;
  }

  /** Where a sale is written before it gets its names, see lua/restore.lua. */
  staged(token: string): EpochKeys {
    return new EpochKeys(`${this.#base}:staged:${token}`);
  }

  /** Every key of the epoch, given the sales of the shard. */
  all(sales: readonly string[]): string[] {
    // The last was one of each epoch before outcomes were kept by sale.
    const ofShard = [this.state, this.journal, this.deadlines, `${this.#base}:outcomes`];
    return [...ofShard, ...sales.flatMap((id) => Object.values(this.sale(id)))];
  }

  /** The keys of one sale. */
  sale(saleId: string): SaleKeys {
    return {
      sale: `${this.#base}:sale:${saleId}`,
      buyers: `${this.#base}:buyers:${saleId}`,
      holds: `${this.#base}:holds:${saleId}`,
      attempts: `${this.#base}:attempts:${saleId}`,
      outcomes: `${this.#base}:outcomes:${saleId}`,
      restocks: `${this.#base}:restocks:${saleId}`,
      waiters: `${this.#base}:waiters:${saleId}`,
      shapes: `${this.#base}:shapes:${saleId}`,
      paid: `${this.#base}:paid:${saleId}`,
      payments: `${this.#base}:payments:${saleId}`,
      returns: `${this.#base}:returns:${saleId}`,
      origins: `${this.#base}:origins:${saleId}`,
    };
  }
}

export interface SaleKeys {
  readonly sale: string;
  readonly buyers: string;
  readonly holds: string;
  readonly attempts: string;
  readonly outcomes: string;
  readonly restocks: string;
  readonly waiters: string;
  readonly shapes: string;
  readonly paid: string;
  readonly payments: string;
  readonly returns: string;
  readonly origins: string;
}

/** The keys of a sale for scripts that offer to its waitlist, in their order. */
export function waitlistKeys(keys: SaleKeys): string[] {
  const { sale, buyers, holds, waiters, shapes, origins } = keys;
  return [sale, buyers, holds, waiters, shapes, origins];
}

/** Name of every shard's BullMQ queue. */
export const QUEUE_NAME = 'line';

/** Where publish.lua announces progress, of all shards. */
export const PROGRESS_CHANNEL = 'fairline:progress';

/**
 * Prefix of the BullMQ queues of payment tasks, one per kind. Their keys are on one node of a
 * cluster.
 */
export const PAYMENT_PREFIX = 'fairline:{payments}';

/**
 * Prefix of the BullMQ queues of messages, one per channel. Their keys are on one node of a
 * cluster.
 */
export const MESSAGE_PREFIX = 'fairline:{messages}';

/** Exists while payments need not be compared with Stripe again. */
export const PAYMENTS_RECONCILED = `${PAYMENT_PREFIX}:reconciled`;

/** The lease of the worker that looks at all shards. */
export const LOOKOUT = 'fairline:lookout';

/** Prefix of the counters of requests that are not for tickets, by limit and key. */
export const LIMIT_PREFIX = 'fairline:limits';

/** Requests that limits refused, by sale and limit. */
export const THROTTLED = 'fairline:throttled';
