import { sql } from 'kysely';
import type { DecideEntry, Entry } from '../domain/entry.ts';
import type { Db, Tx } from './client.ts';

/** The entry of a shard's log with this seq; undefined when there is none. */
export async function findLogEntry(db: Db, shard: number, seq: number): Promise<Entry | undefined> {
  const row = await db
    .selectFrom('log')
    .select('entry')
    .where('shard', '=', shard)
    .where('seq', '=', seq)
    .executeTakeFirst();
  return row && (JSON.parse(row.entry) as Entry);
}

/** The entry that decided a batch; undefined when it is not decided. */
export async function findBatch(
  db: Db,
  uid: string,
): Promise<{ seq: number; entry: DecideEntry } | undefined> {
  const row = await db
    .selectFrom('log')
    .select(['seq', 'entry'])
    .where('batch_uid', '=', uid)
    .executeTakeFirst();
  return row && { seq: row.seq, entry: JSON.parse(row.entry) as DecideEntry };
}

/** Up to `limit` entries of a shard's log with their exact texts, from `fromSeq` to `toSeq`. */
export function listLog(
  db: Db,
  shard: number,
  { fromSeq, toSeq, limit }: { fromSeq: number; toSeq: number; limit: number },
) {
  return db
    .selectFrom('log')
    .select(['seq', 'entry'])
    .where('shard', '=', shard)
    .where('seq', '>=', fromSeq)
    .where('seq', '<=', toSeq)
    .orderBy('seq')
    .limit(limit)
    .execute();
}

/** Up to `limit` entries of a kind on a sale, behind `after`. */
export function listLogOfSale(
  db: Db,
  sale: string,
  { kind, after, limit }: { kind: Entry['k']; after: number; limit: number },
) {
  return db
    .selectFrom('log')
    .select(['seq', 'entry'])
    .where('sale_id', '=', sale)
    .where('kind', '=', kind)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute();
}

/** Whether units of a sale were taken back for a refund. */
export async function hasReturned(db: Db, sale: string, refund: string): Promise<boolean> {
  const { rows } = await sql`
    select from log
    where sale_id = ${sale} and kind = 'return' and entry::jsonb ->> 'refund' = ${refund}
    limit 1`.execute(db);
  return rows.length > 0;
}

/** An entry as a row of the log. */
export interface LogRow {
  readonly seq: number;
  readonly kind: Entry['k'];
  readonly sale: string | null;
  readonly uid: string | null;
  readonly job: number | null;
  readonly text: string;
}

/** Appends entries to a shard's log. */
export async function insertLog(
  tx: Tx,
  shard: number,
  epoch: number,
  rows: readonly LogRow[],
): Promise<void> {
  await sql`
    insert into log (shard, seq, epoch, kind, sale_id, batch_uid, job, entry)
    select ${shard}, r.seq, ${epoch}, r.kind, r.sale, r.uid, r.job, r.entry
    from unnest(
      ${rows.map((row) => row.seq)}::bigint[], ${rows.map((row) => row.kind)}::text[],
      ${rows.map((row) => row.sale)}::text[], ${rows.map((row) => row.uid)}::text[],
      ${rows.map((row) => row.job)}::bigint[], ${rows.map((row) => row.text)}::text[]
    ) as r(seq, kind, sale, uid, job, entry)`.execute(tx);
}
