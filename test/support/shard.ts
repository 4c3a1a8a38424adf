import type { Batch, BatchTicket, LoadEntry } from '../../src/domain/entry.ts';
import type { RedisClient } from '../../src/redis/client.ts';
import { connectRedis } from '../../src/redis/client.ts';
import { type JournalEntry, readJournal } from '../../src/redis/journal.ts';
import { type EpochKeys, ShardKeys } from '../../src/redis/keys.ts';
import type { AnyReply, Operation } from '../../src/redis/operation.ts';
import { decide } from '../../src/redis/scripts/decide.ts';
import { flip } from '../../src/redis/scripts/flip.ts';
import { load } from '../../src/redis/scripts/load.ts';
import { silent } from './database.ts';
import { startTestRedis } from './redis.ts';

/** A shard in a Redis of its own, without Postgres, for tests of the scripts. */
export interface TestShard {
  readonly redis: RedisClient;
  readonly keys: ShardKeys;
  /** Runs the script of an operation once, in epoch 1 unless said otherwise. */
  run<Args, R extends AnyReply>(
    operation: Operation<Args, R>,
    args: NoInfer<Args>,
    epoch?: number,
  ): Promise<R>;
  journal(): Promise<JournalEntry[]>;
  stop(): Promise<void>;
}

/** Starts a Redis with one shard in epoch 1. */
export async function startShard(): Promise<TestShard> {
  const engine = await startTestRedis();
  const redis = connectRedis(engine.url, 'worker', silent);
  const keys = new ShardKeys(0);
  const epoch = 1;
  await redis.hset(keys.at(epoch).state, 'building', 0);
  await flip.run(redis, keys, epoch, { seq: 0, job: 0, lost: false, pieces: 0, passed: {} });
  return {
    redis,
    keys,
    run: (operation, args, at = epoch) => operation.run(redis, keys, at, args),
    journal: () => readJournal(redis, keys.at(epoch).journal, 1, 100_000),
    async stop() {
      redis.disconnect();
      await engine.stop();
    },
  };
}

export type LoadOptions = Partial<Omit<LoadEntry, 'k' | 'sale'>>;

/** The first load of a sale, open forever unless specified otherwise. */
export function loadEntry(sale: string, options: LoadOptions = {}): LoadEntry {
  return {
    k: 'load',
    sale,
    starts: 1_000,
    ends: 9_000_000_000_000,
    limit: 2,
    holdMs: 60_000,
    stock: [10],
    ...(options.waitlist === undefined ? {} : { waits: 'to_end' }),
    ...options,
  };
}

/** Loads a sale into the shard. */
export async function loadSale(
  shard: TestShard,
  sale: string,
  options: LoadOptions = {},
): Promise<void> {
  await shard.run(load, { entry: loadEntry(sale, options), seq: Number.MAX_SAFE_INTEGER });
}

let uids = 0;

/** A batch of tickets, accepted at 2,000 ms of Redis's clock unless specified otherwise. */
export function batchOf(
  sale: string,
  t: readonly BatchTicket[],
  options: Partial<Batch> = {},
): Batch {
  const pos = options.pos ?? t.length;
  return { uid: `uid${++uids}`, sale, at: 2_000, epoch: 1, pos, all: pos, t, ...options };
}

/** Decides consecutive batches, the first of which is job `firstJob`. */
export function decideBatches(shard: TestShard, firstJob: number, batches: readonly Batch[]) {
  const jobs = batches.map((batch) => ({ raw: JSON.stringify(batch), sale: batch.sale }));
  return shard.run(decide, { firstJob, jobs });
}

/** The units of a sale's first product in Redis. */
export async function readUnits(shard: TestShard, sale: string) {
  const [a, h, s] = await shard.redis.hmget(shard.keys.at(1).sale(sale).sale, 'a0', 'h0', 's0');
  return { available: Number(a), held: Number(h), sold: Number(s) };
}

/** The last decided job and the last journal entry of a shard. */
export async function readState(shard: TestShard) {
  const { decided, seq } = await shard.redis.hgetall(shard.keys.at(1).state);
  return { decided: Number(decided), seq: Number(seq) };
}

/**
 * When the last entry offered units, by Redis's clock: an input that the model has to be given.
 */
export async function readOfferedAt(
  redis: RedisClient,
  { journal }: EpochKeys,
): Promise<{ at?: number }> {
  const [last] = await redis.xrevrange(journal, '+', '-', 'COUNT', 1);
  const { at } = JSON.parse(last?.[1][1] ?? '{}') as { at?: number };
  return at === undefined ? {} : { at };
}
