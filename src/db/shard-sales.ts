import { sql } from 'kysely';
import type { Restored } from '../domain/entry.ts';
import type { Db } from './client.ts';

/**
 * The sales that an epoch of a shard has keys of: all but those that it had archived.
 *
 * @param seq the last entry that was public in that epoch
 */
export async function listSalesInEpoch(db: Db, shard: number, seq: number): Promise<string[]> {
  const rows = await db
    .selectFrom('sales')
    .select('id')
    .where('shard', '=', shard)
    .where((eb) => eb.or([eb('archived_seq', 'is', null), eb('archived_seq', '>', seq)]))
    .execute();
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
    .where('archived_seq', 'is', null)
    .where('closed', '=', '')
    .where('ends_at', '<', sql<Date>`clock_timestamp() - ${graceMs} * interval '1 millisecond'`)
    .execute();
}

/**
 * The highest position passed of each sale of a shard that has log entries and is not archived, by
 * sale.
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
    .where('archived_seq', 'is', null)
    .where('last_seq', '>=', sinceSeq)
    .execute();
  return Object.fromEntries(rows.map((row) => [row.id, row.passed]));
}

/** A sale that has log entries and is not archived. */
export interface LoggedSale {
  readonly id: string;
  /** It came back from the archive without the attempts and outcomes of its tickets. */
  readonly isInPart: boolean;
}

/**
 * The sales of a shard that have log entries and are not archived.
 *
 * @param changedSince omits those that are closed and have not changed after this entry
 */
export function listLoggedSales(
  db: Db,
  shard: number,
  changedSince: number | 'all',
): Promise<LoggedSale[]> {
  return db
    .selectFrom('sales')
    .select(['id', 'in_part as isInPart'])
    .where('shard', '=', shard)
    .where('archived_seq', 'is', null)
    .where('last_seq', 'is not', null)
    .$if(changedSince !== 'all', (query) =>
      query.where((eb) =>
        eb.or([eb('closed', '=', ''), eb('last_seq', '>', Number(changedSince))]),
      ),
    )
    .execute();
}

/**
 * The archived sales of a shard that entry `fromSeq` or a later one archived, or that are among the
 * given.
 */
export async function listArchivedSince(
  db: Db,
  shard: number,
  fromSeq: number,
  among: readonly string[] = [],
): Promise<string[]> {
  const rows = await db
    .selectFrom('sales')
    .select('id')
    .where('shard', '=', shard)
    .where('archived_seq', 'is not', null)
    .where((eb) =>
      eb.or([eb('archived_seq', '>=', fromSeq), sql<boolean>`id = any(${[...among]})`]),
    )
    .execute();
  return rows.map((row) => row.id);
}

/**
 * What Redis lacks of a sale that was archived, with the highest position passed in its line;
 * undefined for a sale that does not exist.
 */
export async function findArchiveState(
  db: Db,
  sale: string,
): Promise<{ missing: Restored | 'nothing'; passed: number } | undefined> {
  const row = await db
    .selectFrom('sales')
    .select(['archived_seq', 'in_part', 'passed'])
    .where('id', '=', sale)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { archived_seq: seq, in_part: isInPart, passed } = row;
  return { missing: seq === null ? (isInPart ? 'tickets' : 'nothing') : 'claims', passed };
}
