import { sql } from 'kysely';
import { type DecideEntry, ticketAt } from '../domain/entry.ts';
import { formatRef } from '../domain/ticket.ts';
import type { Db } from './client.ts';

/** A decided ticket of a buyer, from the history (it may lag behind the log by a moment). */
export interface TicketRecord {
  readonly id: number;
  readonly shard: number;
  readonly sale_id: string;
  readonly line_number: number;
  readonly ticket_id: string;
  readonly ticket_ref: string;
  readonly outcome: string;
  readonly duplicate_of: string | null;
  /** See src/domain/facts.ts. */
  readonly facts: string | null;
}

/**
 * Up to `limit` decided tickets of a buyer, newest first.
 *
 * @param filter.after the id of the last ticket of the page before
 */
export async function findTickets(
  db: Db,
  filter: {
    readonly buyer: string;
    readonly sale?: string | undefined;
    readonly after?: number | undefined;
  },
  limit: number,
): Promise<TicketRecord[]> {
  let query = db
    .selectFrom('tickets')
    .innerJoin('sales', 'sales.id', 'tickets.sale_id')
    .select([
      'tickets.id',
      'sales.shard',
      'tickets.sale_id',
      'tickets.line_number',
      'tickets.ticket_id',
      'tickets.ticket_ref',
      'tickets.outcome',
      'tickets.duplicate_of',
      'tickets.facts',
    ])
    .where('tickets.buyer_id', '=', filter.buyer)
    .orderBy('tickets.id', 'desc')
    .limit(limit);
  if (filter.sale !== undefined) query = query.where('tickets.sale_id', '=', filter.sale);
  if (filter.after !== undefined) query = query.where('tickets.id', '<', filter.after);
  return query.execute();
}

/**
 * The first ticket of an attempt in an archived sale, as a ref: from the history, or from the log
 * where the history was dropped, in part perhaps. Null when there is none.
 *
 * @param attempt.key the keyed hash of its Idempotency-Key
 */
export async function findLoggedAttempt(
  db: Db,
  { sale, buyer, key }: { readonly sale: string; readonly buyer: string; readonly key: string },
): Promise<string | null> {
  const { history_dropped: isDropped } = await db
    .selectFrom('sales')
    .select('history_dropped')
    .where('id', '=', sale)
    .executeTakeFirstOrThrow();
  if (isDropped) return findAttemptInLog(db, sale, key);
  const row = await db
    .selectFrom('tickets')
    .select('ticket_ref')
    .where('buyer_id', '=', buyer)
    .where('sale_id', '=', sale)
    .where(sql<boolean>`split_part(ticket_ref, '.', 7) = ${key}`)
    .orderBy('line_number')
    .limit(1)
    .executeTakeFirst();
  return row?.ticket_ref ?? null;
}

/** The same from the log: it reads all of the sale. */
async function findAttemptInLog(db: Db, sale: string, key: string): Promise<string | null> {
  const row = await db
    .selectFrom('log')
    .select('entry')
    .where('sale_id', '=', sale)
    .where('kind', '=', 'decide')
    .where(sql<boolean>`strpos(entry, ${`"${key}"`}) > 0`)
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return null;
  const entry = JSON.parse(row.entry) as DecideEntry;
  const index = entry.batch.t.findIndex((ticket) => ticket[2] === key);
  return index === -1 ? null : formatRef(ticketAt(entry, index));
}

/** Line numbers of decided tickets of a buyer, by ticket identity. */
export async function findLineNumbers(
  db: Db,
  buyer: string,
  identities: readonly string[],
): Promise<Map<string, number>> {
  if (identities.length === 0) return new Map();
  const rows = await db
    .selectFrom('tickets')
    .select(['ticket_id', 'line_number'])
    .where('buyer_id', '=', buyer)
    .where('ticket_id', 'in', identities)
    .execute();
  return new Map(rows.map((row) => [row.ticket_id, row.line_number]));
}
