import type { Db } from '../db/client.ts';
import { listLogSeqs } from '../db/log-head.ts';
import {
  extendPublicLog,
  type LogState,
  listEntriesOfSale,
  listPublicLogsBehind,
  listSalesBehind,
  lockPublicLog,
  writePublicCursor,
} from '../db/public-logs.ts';
import type { Entry, Sequenced } from '../domain/entry.ts';
import { FORMAT, formatOf } from '../domain/format.ts';
import { countEntry, lineAfter, NO_COUNTS } from '../domain/log-counts.ts';
import { GrowingTree, type TreeNode } from '../proof/growing-tree.ts';
import { isPublic, leavesOf, publicEntry } from '../proof/leaf.ts';
import { HASH_BYTES, leafHash, splitHashes } from '../proof/merkle.ts';
import { TILE_HEIGHT } from '../proof/tile.ts';
import { tagsOf } from './tags.ts';

/** Entries that one transaction publishes. */
const STEP = 50;

/** How long one run may take, in ms: the rest of the time is for the line. */
const RUN_MS = 200;

/**
 * Appends to the public logs what was recorded since, for a bounded time. It follows the log off
 * the path of deciding; since it only follows, it is exact after any crash, and any number of
 * processes may do it.
 *
 * @param looksAtAll also at shards that are known to be done: a cursor may be wrong when a log
 *   began anew meanwhile
 * @returns whether there may be more
 * @throws AggregateError with all errors, after every sale had its turn
 */
export async function followLogs(db: Db, looksAtAll = false): Promise<boolean> {
  const errors: unknown[] = [];
  const untilMs = performance.now() + RUN_MS;
  const shards = await (looksAtAll ? listLogSeqs(db) : listPublicLogsBehind(db));
  for (const { shard, seq } of shards) {
    let isLeft = false;
    for (const sale of await listSalesBehind(db, shard)) {
      const isWhole = await extendToEnd(db, sale, untilMs).catch((error: unknown) => {
        errors.push(error);
        return false;
      });
      isLeft ||= !isWhole;
      if (performance.now() > untilMs && errors.length === 0) return true;
    }
    if (!isLeft) await writePublicCursor(db, shard, seq);
  }
  if (errors.length > 0) throw new AggregateError(errors, 'not every public log could be extended');
  return false;
}

/**
 * Appends to the public log of a sale until it has all, or the time is over.
 *
 * @returns whether it has all: what a newer version recorded is left to that version
 */
async function extendToEnd(db: Db, sale: string, untilMs: number): Promise<boolean> {
  for (;;) {
    const extended = await extendLog(db, sale);
    if (extended !== 'in part') return extended === 'whole';
    if (performance.now() > untilMs) return false;
  }
}

async function extendLog(db: Db, sale: string): Promise<'whole' | 'in part' | 'left'> {
  return db.transaction().execute(async (tx) => {
    const log = await lockPublicLog(tx, sale, NO_COUNTS);
    const rows = await listEntriesOfSale(tx, { sale, after: log.seq, limit: STEP });
    const logged = rows.map(({ seq, entry }) => ({ seq, entry: JSON.parse(entry) as Entry }));
    const newer = logged.findIndex(({ entry }) => formatOf(entry) > FORMAT);
    const known = newer === -1 ? logged : logged.slice(0, newer);
    if (known.length > 0) {
      const { growth, next } = growthOf(log, known);
      await extendPublicLog(tx, log, growth, next);
    }
    if (newer !== -1) return 'left';
    return rows.length === STEP ? 'in part' : 'whole';
  });
}

/** What a log is after more entries, and what has to be appended for it. */
function growthOf(log: LogState, entries: readonly Sequenced[]) {
  const tag = tagsOf(log.salt);
  const tree = new GrowingTree(log.size, splitHashes(log.peaks));
  const leaves: Array<{ seq: number; hash: Uint8Array; leaf: Uint8Array }> = [];
  const nodes: TreeNode[] = [];
  let { counts, lineNumber } = log;
  for (const { seq, entry } of entries) {
    if (!isPublic(entry)) continue;
    counts = countEntry(counts, entry);
    lineNumber = lineAfter(lineNumber, entry);
    for (const leaf of leavesOf(seq, publicEntry(entry, tag))) {
      const hash = leafHash(leaf);
      leaves.push({ seq, hash, leaf });
      tree.append(hash, (node) => {
        if (node.level % TILE_HEIGHT === 0) nodes.push(node);
      });
    }
  }
  const next = {
    seq: entries.at(-1)?.seq ?? log.seq,
    size: tree.size,
    peaks: Buffer.concat(tree.peaks, tree.peaks.length * HASH_BYTES),
    counts,
    lineNumber,
  };
  return { growth: { leaves, nodes }, next };
}
