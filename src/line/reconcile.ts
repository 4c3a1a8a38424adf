import type { Logger } from 'pino';
import { type Db, inSnapshot } from '../db/client.ts';
import { readLogHead } from '../db/log-head.ts';
import { listLoggedSales } from '../db/shard-sales.ts';
import { NewerFormat } from '../domain/newer-format.ts';
import type { RedisClient } from '../redis/client.ts';
import { readFields, readNames } from '../redis/fields.ts';
import { readFirstUnpublished } from '../redis/journal.ts';
import { readEpoch, readLastSeq, readPublished } from '../redis/line-reads.ts';
import type { Shard } from './shard.ts';
import { isSorted, type Part, type Piece, readAll, readClaims } from './shard-state.ts';

/** A field that differs between Redis and Postgres. */
export interface Drift {
  readonly part: Part;
  readonly key: string;
  readonly field: string;
  readonly redis: string | undefined;
  readonly postgres: string | undefined;
}

/** Result of a comparison: `busy` is inconclusive, entries were in flight meanwhile. */
export type Comparison =
  | { readonly status: 'busy' }
  | { readonly status: 'same'; readonly seq: number }
  | { readonly status: 'different'; readonly epoch: number; readonly drift: readonly Drift[] };

/**
 * What is compared. `changed`: what can still change, of the sales that are open or have changed
 * after entry `since`; `all`: everything, from the first entry of the log on; `sale`: everything of
 * one sale.
 */
export type Scope =
  | { readonly changed: { readonly since: number } }
  | { readonly sale: string }
  | 'all';

/** Fields read per command. */
const CHUNK = 1_000;

/** Further drift is not listed, but repaired all the same. */
const DRIFT_MAX = 100;

/**
 * Compares a shard in Redis with what a rebuild would write (I1, I6, I7, I9), if the shard is
 * quiet.
 *
 * @throws NewerFormat when the log has what this process does not know
 */
export async function compare(
  deps: { redis: RedisClient; db: Db },
  shard: Shard,
  scope: Scope,
): Promise<Comparison> {
  return compareAt(deps, shard, await shard.epoch(), scope);
}

/** The same in an epoch that the caller has read: asking a shard for its epoch may rebuild it. */
export async function compareAt(
  { redis, db }: { redis: RedisClient; db: Db },
  shard: Pick<Shard, 'id' | 'keys' | 'format'>,
  epoch: number,
  scope: Scope,
): Promise<Comparison> {
  const at = shard.keys.at(epoch);
  const seq = await quietSeq(redis, shard, epoch);
  if (seq === undefined) return { status: 'busy' };

  const drift = await inSnapshot(db, async (tx) => {
    const head = await readLogHead(tx, shard.id);
    if (head.format > shard.format) throw new NewerFormat(`shard ${shard.id}`);
    if (head.epoch !== epoch || head.seq !== seq) return undefined;
    const found: Drift[] = [];
    const isPart = scope !== 'all' && 'changed' in scope;
    const since = isPart ? scope.changed.since : 'all';
    for (const sale of await listLoggedSales(tx, shard.id, since)) {
      if (scope !== 'all' && 'sale' in scope && scope.sale !== sale.id) continue;
      const pieces = isPart ? readClaims(tx, at, sale.id) : readAll(tx, at, sale);
      for await (const piece of pieces) {
        found.push(...(await comparePiece(redis, piece)));
        if (found.length >= DRIFT_MAX) return found.slice(0, DRIFT_MAX);
      }
    }
    return found;
  });
  // Every change takes a seq: without a new seq nothing changed while we read.
  const stayedQuiet = (await quietSeq(redis, shard, epoch)) === seq;
  if (drift === undefined || !stayedQuiet) return { status: 'busy' };
  return drift.length === 0 ? { status: 'same', seq } : { status: 'different', epoch, drift };
}

/** The last entry of a shard whose journal is recorded and public; undefined while it is not. */
async function quietSeq(
  redis: RedisClient,
  shard: Pick<Shard, 'keys'>,
  epoch: number,
): Promise<number | undefined> {
  const at = shard.keys.at(epoch);
  const [current, seq, published, unpublished] = await Promise.all([
    readEpoch(redis, shard.keys),
    readLastSeq(redis, at),
    readPublished(redis, shard.keys),
    readFirstUnpublished(redis, shard.keys, epoch),
  ]);
  const isQuiet = current === epoch && unpublished === undefined && seq === published.seq;
  return isQuiet ? seq : undefined;
}

async function comparePiece(redis: RedisClient, piece: Piece): Promise<Drift[]> {
  const { part, key, values } = piece;
  const drift: Drift[] = [];
  if (piece.isHint) return drift;
  const fields = [...values.keys()];
  for (let i = 0; i < fields.length; i += CHUNK) {
    const asked = fields.slice(i, i + CHUNK);
    const got = await readFields(redis, { key, isSorted: isSorted(part) }, asked);
    for (const [j, field] of asked.entries()) {
      const inRedis = got[j] ?? undefined;
      const postgres = values.get(field);
      if (inRedis !== postgres) drift.push({ part, key, field, redis: inRedis, postgres });
    }
  }
  if (!piece.isWhole) return drift;
  for (const field of await readNames(redis, { key, isSorted: isSorted(part) }, values.size)) {
    if (!values.has(field))
      drift.push({ part, key, field, redis: 'is there', postgres: undefined });
  }
  return drift;
}

/**
 * Compares a shard and repairs it by a rebuild where Redis and Postgres differ.
 *
 * @returns what was found, before the repair
 */
export async function reconcile(
  deps: { redis: RedisClient; db: Db; log: Logger },
  shard: Shard,
  scope: Scope,
): Promise<Comparison> {
  const found = await compare(deps, shard, scope);
  if (found.status === 'different') {
    const { epoch, drift } = found;
    deps.log.error(
      { shard: shard.id, epoch, fields: drift.length, drift: drift.slice(0, 5) },
      'Redis differed from Postgres: rebuilding it',
    );
    await shard.rebuild({ seen: epoch });
  }
  return found;
}
