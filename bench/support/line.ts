import type { Db } from '../../src/db/client.ts';
import { Acceptor } from '../../src/line/accept.ts';
import { ProgressWatch } from '../../src/line/progress.ts';
import { openQueue } from '../../src/line/queue.ts';
import { Shards } from '../../src/line/shards.ts';
import type { RedisClient } from '../../src/redis/client.ts';
import { connectRedis } from '../../src/redis/client.ts';
import { PROGRESS_CHANNEL, type ShardKeys } from '../../src/redis/keys.ts';
import type { Announcement } from '../../src/redis/scripts/publish.ts';
import type { Engines } from './engines.ts';
import { type BenchSale, createSale, openDb, silent } from './sale.ts';

const ACCEPT = { batchMs: 3, batchMax: 100, maxWaiting: 100_000_000 };

/** One unit of the only product. */
const ITEMS = '0x1';

/** Concurrent accepts. */
const CHUNK = 10_000;

/** A sale in our pipeline, with the parts of an API process that accept tickets. */
export interface BenchLine {
  readonly redis: RedisClient;
  readonly db: Db;
  readonly keys: ShardKeys;
  readonly sale: BenchSale;
  /** Accepts tickets into the line, one per buyer, in order. Resolves when Redis has them. */
  accept(buyers: readonly string[]): Promise<void>;
  /**
   * Calls back on every announcement that the sale's line has moved, with the last decided place.
   */
  onPassed(listen: (passed: number) => void): Promise<void>;
}

/** Creates a sale with `stock` units and opens its line; no worker processes it yet. */
export async function openLine(
  cleanup: AsyncDisposableStack,
  engines: Engines,
  stock: number,
): Promise<BenchLine> {
  const db = openDb(cleanup, engines.postgres.url);
  const connect = (purpose: 'worker' | 'subscriber') => {
    const connection = connectRedis(engines.redis.url, purpose, silent);
    cleanup.defer(() => connection.disconnect());
    return connection;
  };
  const redis = connect('worker');
  const subscriber = connect('subscriber');
  const sale = await createSale(db, stock);
  const shard = new Shards({ redis, db, log: silent }).at(0);
  const queue = openQueue(redis, shard.keys);
  queue.on('error', () => undefined); // every call here reports its own
  // Not started: places are only compared with progress for `ahead`, which is not read here.
  const progress = new ProgressWatch({ redis, subscriber, log: silent });
  const acceptor = new Acceptor({ shard, queue, progress, log: silent }, ACCEPT);

  return {
    redis,
    db,
    keys: shard.keys,
    sale,
    async accept(buyers) {
      for (let from = 0; from < buyers.length; from += CHUNK) {
        const chunk = buyers.slice(from, from + CHUNK);
        await Promise.all(
          chunk.map((buyer) =>
            acceptor.accept({ sale: sale.id, buyer, items: ITEMS, requestId: 'bench' }),
          ),
        );
      }
    },
    async onPassed(listen) {
      subscriber.on('message', (_channel, text) => {
        const { passed } = JSON.parse(text) as Announcement;
        const place = passed[sale.id];
        if (place !== undefined) listen(place);
      });
      await subscriber.subscribe(PROGRESS_CHANNEL);
    },
  };
}
