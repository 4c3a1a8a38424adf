import { sql } from 'kysely';
import type { Db } from './client.ts';

/** The ids of all sales of a shard. */
export async function listSalesOfShard(db: Db, shard: number): Promise<string[]> {
  const rows = await db.selectFrom('sales').select('id').where('shard', '=', shard).execute();
  return rows.map((row) => row.id);
}

/** The given sales that belong to a shard. */
export async function findKnownSales(
  db: Db,
  shard: number,
  ids: readonly string[],
): Promise<Set<string>> {
  const rows = await db
    .selectFrom('sales')
    .select('id')
    .where('shard', '=', shard)
    .where('id', 'in', ids)
    .execute();
  return new Set(rows.map((row) => row.id));
}

/** Sales of a shard that are not closed, and whose end is `graceMs` past by Postgres's clock. */
export function listEndedSales(
  db: Db,
  shard: number,
  graceMs: number,
): Promise<{ id: string; endsAt: Date }[]> {
  return db
    .selectFrom('sales')
    .select(['id', 'ends_at as endsAt'])
    .where('shard', '=', shard)
    .where('closed', '=', '')
    .where('ends_at', '<', sql<Date>`clock_timestamp() - ${graceMs} * interval '1 millisecond'`)
    .execute();
}

/**
 * The highest position passed of each sale of a shard that has log entries, by sale.
 *
 * @param sinceSeq only of sales that have changed in this entry or a later one
 */
export async function readPassed(
  db: Db,
  shard: number,
  sinceSeq: number,
): Promise<Record<string, number>> {
  const rows = await db
    .selectFrom('sales')
    .select(['id', 'passed'])
    .where('shard', '=', shard)
    .where('last_seq', '>=', sinceSeq)
    .execute();
  return Object.fromEntries(rows.map((row) => [row.id, row.passed]));
}

/**
 * The sales of a shard that have log entries.
 *
 * @param changedSince omits those that are closed and have not changed after this entry
 */
export async function listLoggedSales(
  db: Db,
  shard: number,
  changedSince: number | 'all',
): Promise<string[]> {
  const rows = await db
    .selectFrom('sales')
    .select('id')
    .where('shard', '=', shard)
    .where('last_seq', 'is not', null)
    .$if(changedSince !== 'all', (query) =>
      query.where((eb) =>
        eb.or([eb('closed', '=', ''), eb('last_seq', '>', Number(changedSince))]),
      ),
    )
    .execute();
  return rows.map((row) => row.id);
}
