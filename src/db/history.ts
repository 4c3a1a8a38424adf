import { sql } from 'kysely';
import type { Db, Tx } from './client.ts';

/** Shards whose history is behind their log. */
export async function listShardsBehind(db: Db): Promise<number[]> {
  const rows = await db
    .selectFrom('shards')
    .leftJoin('history', 'history.shard', 'shards.shard')
    .select('shards.shard')
    .where((eb) => eb('shards.log_seq', '>', eb.fn.coalesce('history.seq', eb.lit(0))))
    .execute();
  return rows.map((row) => row.shard);
}

/**
 * Locks the history of a shard until the transaction ends: two workers may follow the log at once;
 * one waits and continues where the other stopped.
 *
 * @returns the last entry that it has
 */
export async function lockHistory(tx: Tx, shard: number): Promise<number> {
  await tx
    .insertInto('history')
    .values({ shard, seq: 0 })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const { seq } = await tx
    .selectFrom('history')
    .select('seq')
    .where('shard', '=', shard)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return seq;
}

/**
 * Up to `limit` log entries of a shard behind `after`, with when they were recorded. None when the
 * log has a newer format than `format`: a newer version knows what they mean.
 */
export function listForHistory(
  tx: Tx,
  shard: number,
  { after, limit, format }: { after: number; limit: number; format: number },
) {
  return tx
    .selectFrom('log')
    .innerJoin('shards', 'shards.shard', 'log.shard')
    .select(['seq', 'kind', 'sale_id', 'entry', 'recorded_at'])
    .where('log.shard', '=', shard)
    .where('shards.format', '<=', format)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute();
}

/** A decided ticket as a row of `tickets`. */
export interface HistoryTicket {
  readonly sale: string;
  readonly line: number;
  readonly buyer: string | undefined;
  readonly ticket: string;
  readonly ref: string;
  readonly outcome: string;
  readonly other: string | null;
  /** When it was recorded, ISO 8601. */
  readonly at: string;
  readonly facts: string | null;
}

/** Writes decided tickets, and that the history of the shard has its log up to `seq`. */
export async function extendHistory(
  tx: Tx,
  shard: number,
  seq: number,
  tickets: readonly HistoryTicket[],
): Promise<void> {
  await sql`
    insert into tickets (sale_id, line_number, buyer_id, ticket_id, ticket_ref, outcome,
      duplicate_of, decided_at, facts)
    select sale, line, buyer, ticket, ref, outcome, other, at, facts
    from jsonb_to_recordset(${JSON.stringify(tickets)}::jsonb) as r(sale text, line bigint,
      buyer text, ticket text, ref text, outcome text, other text, at timestamptz,
      facts text)`.execute(tx);
  await tx.updateTable('history').set({ seq }).where('shard', '=', shard).execute();
}
