import { type SqlBool, sql } from 'kysely';
import type { LogCounts } from '../domain/log-counts.ts';
import type { Db, Tx } from './client.ts';

/** A public log of a sale. */
export interface LogId {
  readonly sale: string;
  /** 1, and more each time that it had to begin anew. */
  readonly number: number;
}

/** A public log as far as it has come. */
export interface LogState extends LogId {
  readonly shard: number;
  /** The salt of the sale's tags; null once it was erased. */
  readonly salt: Buffer | null;
  /** The last entry of the journal that it has. */
  readonly seq: number;
  readonly size: number;
  /** The roots of its largest complete subtrees, one behind the other. */
  readonly peaks: Buffer;
  readonly counts: LogCounts;
  readonly lineNumber: number;
}

/** Shards whose public logs are behind the log. */
export async function listPublicLogsBehind(db: Db): Promise<{ shard: number; seq: number }[]> {
  return db
    .selectFrom('shards')
    .leftJoin('public_log_cursors as cursor', 'cursor.shard', 'shards.shard')
    .select(['shards.shard', 'shards.log_seq as seq'])
    .where((eb) => eb('shards.log_seq', '>', eb.fn.coalesce('cursor.seq', eb.lit(0))))
    .execute();
}

/** Sales of a shard that have entries which their public logs lack. */
export async function listSalesBehind(db: Db, shard: number): Promise<string[]> {
  const rows = await db
    .selectFrom('sales')
    .leftJoin('public_logs', 'sale_id', 'id')
    .select('id')
    .where('shard', '=', shard)
    .where((eb) => eb('last_seq', '>', eb.fn.coalesce('seq', eb.lit(0))))
    .execute();
  return rows.map(({ id }) => id);
}

/** Remembers that the public logs of a shard have all of its log up to `seq`. */
export async function writePublicCursor(db: Db, shard: number, seq: number): Promise<void> {
  await db
    .insertInto('public_log_cursors')
    .values({ shard, seq })
    .onConflict((conflict) => conflict.column('shard').doUpdateSet({ seq }))
    .execute();
}

/**
 * Locks the public log of a sale until the transaction ends: one process extends it at a time.
 *
 * @param counts those of an empty log, which begins with this where there is none
 */
export async function lockPublicLog(tx: Tx, sale: string, counts: LogCounts): Promise<LogState> {
  await tx
    .insertInto('public_logs')
    .values({ sale_id: sale, counts: JSON.stringify(counts) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return tx
    .selectFrom('public_logs')
    .innerJoin('sales', 'sales.id', 'sale_id')
    .select(['sale_id as sale', 'number', 'shard', 'public_salt as salt', 'seq', 'size'])
    .select(['peaks', 'counts', 'public_logs.line_number as lineNumber'])
    .where('sale_id', '=', sale)
    .forUpdate('public_logs')
    .executeTakeFirstOrThrow();
}

/** Up to `limit` entries of a sale behind `after`, in order. */
export function listEntriesOfSale(
  db: Db,
  { sale, after, limit }: { sale: string; after: number; limit: number },
) {
  return db
    .selectFrom('log')
    .select(['seq', 'entry'])
    .where('sale_id', '=', sale)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute();
}

/** What is appended to a public log in one step. */
export interface Growth {
  readonly leaves: ReadonlyArray<{ seq: number; hash: Uint8Array; leaf: Uint8Array }>;
  /** Roots of full tiles: of complete subtrees at levels that are multiples of eight. */
  readonly nodes: ReadonlyArray<{ level: number; index: number; hash: Uint8Array }>;
}

/**
 * Appends to a locked public log.
 *
 * @param before how it was
 * @param after what it is with the growth
 */
export async function extendPublicLog(
  tx: Tx,
  before: LogState,
  { leaves, nodes }: Growth,
  after: Pick<LogState, 'seq' | 'size' | 'peaks' | 'counts' | 'lineNumber'>,
): Promise<void> {
  const { sale, number } = before;
  await sql`
    insert into public_log_leaves (sale_id, number, index, seq, hash, leaf)
    select ${sale}, ${number}, ${before.size} + r.at - 1, r.seq, r.hash, r.leaf
    from unnest(${leaves.map(({ seq }) => seq)}::bigint[],
      ${leaves.map(({ hash }) => Buffer.from(hash))}::bytea[],
      ${leaves.map(({ leaf }) => Buffer.from(leaf))}::bytea[]
    ) with ordinality as r(seq, hash, leaf, at)`.execute(tx);
  if (nodes.length > 0) {
    await sql`
      insert into public_log_nodes (sale_id, number, level, index, hash)
      select ${sale}, ${number}, r.level, r.index, r.hash
      from unnest(${nodes.map(({ level }) => level)}::smallint[],
        ${nodes.map(({ index }) => index)}::bigint[],
        ${nodes.map(({ hash }) => Buffer.from(hash))}::bytea[]) as r(level, index, hash)
      `.execute(tx);
  }
  await tx
    .updateTable('public_logs')
    .set({
      seq: after.seq,
      size: after.size,
      peaks: after.peaks,
      counts: JSON.stringify(after.counts),
      line_number: after.lineNumber,
    })
    .where('sale_id', '=', sale)
    .execute();
}

/**
 * Ends a public log that cannot be continued: the next one, empty, takes its place.
 *
 * @param number the next one's
 */
export async function beginPublicLogAnew(
  tx: Tx,
  log: LogState,
  number: number,
  counts: LogCounts,
): Promise<LogState> {
  await tx
    .updateTable('public_logs')
    .set({
      ...{ number, seq: 0, size: 0, peaks: Buffer.alloc(0), line_number: 0 },
      counts: JSON.stringify(counts),
      ...{ checkpoint: null, checkpoint_size: 0, signed_size: 0, cosign_at: null },
      ...{ checkpoint_counts: null, checkpoint_line_number: null },
    })
    .where('sale_id', '=', log.sale)
    .execute();
  await tx.deleteFrom('public_log_cursors').where('shard', '=', log.shard).execute();
  return lockPublicLog(tx, log.sale, counts);
}

/** A log to be signed, or to be cosigned, at its size. */
export interface UnsignedLog extends LogId {
  readonly shard: number;
  /** The salt of its tags was erased: it cannot begin anew, for equal values have other tags. */
  readonly isSaltErased: boolean;
  readonly size: number;
  readonly peaks: Buffer;
  readonly counts: LogCounts;
  readonly lineNumber: number;
}

/** Logs that have grown since their last checkpoint. */
export function listUnsignedLogs(db: Db, limit: number): Promise<UnsignedLog[]> {
  return db
    .selectFrom('public_logs')
    .innerJoin('sales', 'sales.id', 'sale_id')
    .select(['sale_id as sale', 'number', 'shard', 'size', 'peaks', 'counts'])
    .select(sql<boolean>`public_salt is null`.as('isSaltErased'))
    .select('public_logs.line_number as lineNumber')
    .where(sql<SqlBool>`size > checkpoint_size`)
    .orderBy(sql`random()`) // one that cannot be signed holds up no other
    .limit(limit)
    .execute();
}

/**
 * Takes note that a log is about to be signed at its size, before anybody sees that. One process
 * does so at a time, and none at a smaller size than another before it.
 *
 * @param remember remembers it elsewhere, too, before it is signed
 * @returns whether it may be signed
 */
export async function noteSigning(
  db: Db,
  log: UnsignedLog,
  remember: () => Promise<void>,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const row = await tx
      .selectFrom('public_logs')
      .select(['number', 'signed_size'])
      .where('sale_id', '=', log.sale)
      .forUpdate()
      .executeTakeFirstOrThrow();
    if (row.number !== log.number || row.signed_size > log.size) return false;
    await remember();
    const signed = tx.updateTable('public_logs').set({ signed_size: log.size });
    await signed.where('sale_id', '=', log.sale).execute();
    return true;
  });
}

/**
 * Publishes a checkpoint, unless one of that size or a larger one is there.
 *
 * @param isCosigned whether every witness has cosigned it
 */
export async function writeCheckpoint(
  db: Db,
  log: UnsignedLog,
  { checkpoint, isCosigned }: { readonly checkpoint: string; readonly isCosigned: boolean },
): Promise<void> {
  await db
    .updateTable('public_logs')
    .set({
      checkpoint,
      checkpoint_size: log.size,
      checkpoint_counts: JSON.stringify(log.counts),
      checkpoint_line_number: log.lineNumber,
      cosign_at: isCosigned ? null : NEXT_TRY,
    })
    .where('sale_id', '=', log.sale)
    .where('number', '=', log.number)
    .where('checkpoint_size', '<', log.size)
    .execute();
}

/** When a witness that did not answer is asked again. */
const NEXT_TRY = sql<Date>`clock_timestamp() + interval '15 seconds'`;

/** Checkpoints that a witness has not cosigned, and is to be asked again. */
export async function listToCosign(db: Db, limit: number): Promise<(LogId & Cosigned)[]> {
  const rows = await db
    .selectFrom('public_logs')
    .select(['sale_id as sale', 'number', 'checkpoint', 'checkpoint_size as size'])
    .where(sql<SqlBool>`cosign_at <= clock_timestamp()`)
    .limit(limit)
    .execute();
  return rows.map(({ checkpoint, ...row }) => ({ ...row, checkpoint: checkpoint ?? '' }));
}

interface Cosigned {
  readonly checkpoint: string;
  readonly size: number;
}

/** Replaces the published checkpoint by the same one with more cosignatures. */
export async function writeCosigned(
  db: Db,
  log: LogId & Cosigned,
  isCosigned: boolean,
): Promise<void> {
  await db
    .updateTable('public_logs')
    .set({ checkpoint: log.checkpoint, cosign_at: isCosigned ? null : NEXT_TRY })
    .where('sale_id', '=', log.sale)
    .where('number', '=', log.number)
    .where('checkpoint_size', '=', log.size)
    .execute();
}

/** What is public of a sale's log. */
export interface PublishedLog extends LogId {
  /** The signed note. */
  readonly checkpoint: string;
  readonly size: number;
  readonly counts: LogCounts;
  readonly lineNumber: number;
}

/** The last checkpoint of a sale's log; undefined when nothing of it is public. */
export async function findPublishedLog(db: Db, sale: string): Promise<PublishedLog | undefined> {
  const row = await db
    .selectFrom('public_logs')
    .select(['sale_id as sale', 'number', 'checkpoint', 'checkpoint_size as size'])
    .select(['checkpoint_counts as counts', 'checkpoint_line_number as lineNumber'])
    .where('sale_id', '=', sale)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { checkpoint, counts, lineNumber } = row;
  if (checkpoint === null || counts === null || lineNumber === null) return undefined;
  return { ...row, checkpoint, counts, lineNumber };
}

/** Leaves by their indexes, from `from` to before `to`. */
interface LeafRange {
  readonly from: number;
  readonly to: number;
}

function leavesIn(db: Db, { sale, number }: LogId, { from, to }: LeafRange) {
  return db
    .selectFrom('public_log_leaves')
    .where('sale_id', '=', sale)
    .where('number', '=', number)
    .where('index', '>=', from)
    .where('index', '<', to)
    .orderBy('index');
}

/** The hashes of leaves. */
export async function readLeafHashes(db: Db, log: LogId, range: LeafRange): Promise<Buffer[]> {
  const rows = await leavesIn(db, log, range).select('hash').execute();
  return rows.map(({ hash }) => hash);
}

/** The hashes of complete subtrees at a level that is a multiple of eight, above the leaves. */
export async function readNodeHashes(
  db: Db,
  { sale, number }: LogId,
  { level, from, to }: { readonly level: number; readonly from: number; readonly to: number },
): Promise<Buffer[]> {
  const rows = await db
    .selectFrom('public_log_nodes')
    .select('hash')
    .where('sale_id', '=', sale)
    .where('number', '=', number)
    .where('level', '=', level)
    .where('index', '>=', from)
    .where('index', '<', to)
    .orderBy('index')
    .execute();
  return rows.map(({ hash }) => hash);
}

/** The leaves themselves. */
export async function readLeaves(db: Db, log: LogId, range: LeafRange): Promise<Buffer[]> {
  const rows = await leavesIn(db, log, range).select('leaf').execute();
  return rows.map(({ leaf }) => leaf);
}

/** The leaves of an entry of the journal, in order. */
export function findLeaves(db: Db, { sale, number }: LogId, seq: number) {
  return db
    .selectFrom('public_log_leaves')
    .select(['index', 'leaf', 'hash'])
    .where('sale_id', '=', sale)
    .where('number', '=', number)
    .where('seq', '=', seq)
    .orderBy('index')
    .execute();
}
