import { setTimeout } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Db, Tx } from '../db/client.ts';
import { readLogHead } from '../db/log-head.ts';
import { keepLock, raiseEpoch, withRebuildLock, withRebuildSnapshot } from '../db/rebuilds.ts';
import {
  listArchivedSince,
  listLoggedSales,
  listSalesInEpoch,
  readPassed,
} from '../db/shard-sales.ts';
import { DomainError } from '../domain/errors.ts';
import { FORMAT } from '../domain/format.ts';
import { NewerFormat } from '../domain/newer-format.ts';
import type { RedisClient } from '../redis/client.ts';
import { beginEpoch, dropEpoch, forgetPositions, writeFields } from '../redis/epoch-writer.ts';
import { readLeftover } from '../redis/journal.ts';
import type { EpochKeys, ShardKeys } from '../redis/keys.ts';
import { readEpoch, readLastSeq } from '../redis/line-reads.ts';
import { probeShard } from '../redis/probe.ts';
import { flip } from '../redis/scripts/flip.ts';
import { isSorted, type Piece, readAll } from './shard-state.ts';

/** What was found to be wrong with a shard in Redis. */
export interface Finding {
  /** The epoch that it was found in; undefined when there was none. */
  readonly seen: number | undefined;
  /** Redis has certainly lost accepted tickets, even if it is not behind the log. */
  readonly lost?: boolean;
}

/** Gives a process that has just raised the epoch time to take the lock again. */
const GIVE_WAY_MS = 250;

/** How often a rebuild yields to another before the caller gets an answer. */
const MAX_TURNS = 20;

interface RebuildDeps {
  readonly redis: RedisClient;
  readonly db: Db;
  readonly log: Logger;
  readonly format?: number;
}

/**
 * Writes the state of a shard in Redis anew from Postgres, in a new epoch (I9). Where another
 * process has rebuilt it meanwhile, nothing happens.
 *
 * The lock is held in two transactions, one that raises the epoch and one that reads, writes and
 * flips. It only saves work: what keeps two rebuilds apart is the epoch, which is committed before
 * anything is written under its name.
 *
 * @returns the shard's epoch
 * @throws Error when another rebuild holds the lock for more than 5 s: check again whether a
 *   rebuild is needed
 * @throws NewerFormat when the log has what this process does not know: it would be left out
 */
export async function rebuild(
  deps: RebuildDeps,
  keys: ShardKeys,
  shard: number,
  finding: Finding,
): Promise<number> {
  let { seen } = finding;
  let gaveWay = false;
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    // A raised epoch fences the others: not before this Redis is known to take the new state.
    await probeShard(deps.redis, keys);
    const claim = await claimEpoch(deps, keys, shard, seen);
    if (claim.status === 'current') {
      if (!gaveWay || finding.lost !== true) return claim.epoch;
      seen = claim.epoch; // rebuilt by a process that did not know of the loss
      gaveWay = false;
      continue;
    }
    if (claim.status === 'raised') {
      if (await writeAndFlip(deps, keys, shard, claim, finding)) {
        await dropEpochs(deps, keys, shard, claim.from, claim.epoch - 1);
        return claim.epoch;
      }
      gaveWay = true;
    }
    await setTimeout(GIVE_WAY_MS);
  }
  throw new DomainError('unavailable', 'Another process is rebuilding the shard.');
}

interface Raised {
  readonly status: 'raised';
  readonly epoch: number;
  /** The epoch that Redis had; undefined when it had none. */
  readonly current: number | undefined;
  /** The first epoch that may have left keys behind. */
  readonly from: number;
}

/**
 * Raises the epoch in Postgres, which fences every older recorder and rebuilder.
 *
 * @returns `current` when Redis has a newer epoch than the caller saw; `contended` when another
 *   process raised the epoch while this one waited for the lock
 */
async function claimEpoch(
  { redis, db, format = FORMAT }: RebuildDeps,
  keys: ShardKeys,
  shard: number,
  seen: number | undefined,
): Promise<Raised | { status: 'current'; epoch: number } | { status: 'contended' }> {
  const before = await readLogHead(db, shard);
  return withRebuildLock(db, shard, async (tx) => {
    const locked = await readLogHead(tx, shard);
    const current = await readEpoch(redis, keys);
    if (current !== undefined && current >= locked.epoch && current > (seen ?? -1)) {
      return { status: 'current', epoch: current };
    }
    if (locked.epoch !== before.epoch) return { status: 'contended' };
    const epoch = Math.max(locked.epoch, current ?? 0) + 1;
    if (!(await raiseEpoch(tx, shard, epoch, format))) throw new NewerFormat(`shard ${shard}`);
    const from = Math.min(current ?? locked.epoch, locked.epoch);
    return { status: 'raised', epoch, current, from };
  });
}

/**
 * Writes the keys of the raised epoch and makes it the shard's.
 *
 * @returns false when another process has raised the epoch again
 */
async function writeAndFlip(
  { redis, db, log }: RebuildDeps,
  keys: ShardKeys,
  shard: number,
  { epoch, current }: Raised,
  { lost = false }: Finding,
): Promise<boolean> {
  const oldSeq = await readLastSeq(redis, keys.at(current ?? 0));
  return withRebuildSnapshot(db, shard, async (tx) => {
    if ((await readLogHead(tx, shard)).epoch !== epoch) return false;
    const head = await writeEpoch(tx, redis, keys.at(epoch), shard);
    const behind = oldSeq === undefined || oldSeq < head.seq;
    const reply = await flip.run(redis, keys, epoch, { ...head, lost: lost || behind });
    if (reply.status === 'INCOMPLETE') {
      throw new DomainError('unavailable', 'Redis lost data while a shard was being rebuilt.');
    }
    if (reply.status === 'BEHIND') return false;
    if (head.seq === 0) log.debug({ shard, epoch }, 'new shard');
    else log.warn({ shard, epoch, from: current, behind, lost }, 'shard rebuilt from Postgres');
    return true;
  });
}

interface Head {
  readonly seq: number;
  readonly job: number;
  readonly passed: Record<string, number>;
}

/**
 * Writes the keys of an epoch. `pieces` is the number of writes: flip.lua checks that none is
 * missing.
 */
async function writeEpoch(
  tx: Tx,
  redis: RedisClient,
  at: EpochKeys,
  shard: number,
): Promise<Head & { pieces: number }> {
  const row = await readLogHead(tx, shard);
  const passed = await readPassed(tx, shard, 0);
  await beginEpoch(redis, at);
  let pieces = 0;
  const write = async ({ key, part, values }: Piece) => {
    const target = { key, isSorted: isSorted(part) };
    pieces += await writeFields(redis, at, target, values, () => keepLock(tx));
  };
  for (const sale of await listLoggedSales(tx, shard, 'all')) {
    for await (const piece of readAll(tx, at, sale)) await write(piece);
  }
  return {
    pieces,
    seq: row.seq,
    job: row.job,
    passed: { '*': row.passedAll, ...passed },
  };
}

/**
 * Removes the keys of past epochs, and what they still knew of sales that have been archived since
 * the last entry that was public in them. A return that was not recorded is undone with its epoch:
 * the keys that it wrote go too. If that fails, the next rebuild removes what is left.
 */
async function dropEpochs(
  { redis, db, log }: { redis: RedisClient; db: Db; log: Logger },
  keys: ShardKeys,
  shard: number,
  from: number,
  to: number,
): Promise<void> {
  try {
    for (let epoch = from; epoch <= to; epoch++) {
      const at = keys.at(epoch);
      const { firstSeq, restored } = await readLeftover(redis, at.journal);
      const lastSeq = (await readLastSeq(redis, at)) ?? Number.MAX_SAFE_INTEGER - 1;
      const seq = firstSeq === undefined ? lastSeq : firstSeq - 1;
      const sales = [...(await listSalesInEpoch(db, shard, seq)), ...restored];
      await dropEpoch(redis, at, sales);
      await forgetPositions(redis, keys, await listArchivedSince(db, shard, seq + 1, restored));
    }
  } catch (error) {
    log.warn({ err: error, shard, from, to }, 'keys of older epochs not removed from Redis');
  }
}
