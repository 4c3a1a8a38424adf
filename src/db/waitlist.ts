import { type Selectable, sql } from 'kysely';
import type { Item } from '../domain/items.ts';
import type { Db } from './client.ts';
import type { Database } from './schema.ts';

export type WaitingRecord = Pick<
  Selectable<Database['waitlist']>,
  'ticket_id' | 'sale_id' | 'buyer_id' | 'line_number' | 'items' | 'status'
>;

/** The waitlist status of tickets, by ticket identity. */
export async function findWaiting(
  db: Db,
  identities: readonly string[],
): Promise<Map<string, WaitingRecord>> {
  if (identities.length === 0) return new Map();
  const rows = await db
    .selectFrom('waitlist')
    .select(['ticket_id', 'sale_id', 'buyer_id', 'line_number', 'items', 'status'])
    .where('ticket_id', 'in', identities)
    .execute();
  return new Map(rows.map((row) => [row.ticket_id, row]));
}

/** A ticket's place on the waitlist of its sale. */
export interface Place {
  /** Tickets that wait before it. */
  readonly ahead: number;
  /** Units of its products that are held, and may come back. */
  readonly unitsHeld: number;
  /** Less than it wants is available or held: see `Outlook`. */
  readonly isUnlikely: boolean;
}

/**
 * Reads the place of a waiting ticket.
 *
 * @param ticket.items what it wants
 */
export async function readPlace(
  db: Db,
  ticket: { readonly sale: string; readonly line: number; readonly items: readonly Item[] },
): Promise<Place> {
  const { sale, line, items } = ticket;
  const { rows } = await sql<Place>`
    select
      (select count(*) from waitlist where sale_id = ${sale} and status = 'waitlisted'
        and line_number < ${line}) as ahead,
      coalesce(sum(held), 0) as "unitsHeld",
      coalesce(bool_or(available + held < quantity), false) as "isUnlikely"
    from products
    join jsonb_to_recordset(${JSON.stringify(items)}::jsonb)
      as wanted(index integer, quantity integer) using (index)
    where sale_id = ${sale}`.execute(db);
  const [place] = rows;
  if (place === undefined) throw new Error('an aggregate has a row');
  return place;
}

/** Sales of a shard whose units are being offered: a script stopped at its bound. */
export async function listOffering(db: Db, shard: number): Promise<string[]> {
  const rows = await db
    .selectFrom('sales')
    .select('id')
    .where('shard', '=', shard)
    .where('offering', '=', true)
    .execute();
  return rows.map((row) => row.id);
}

/**
 * Identities of the tickets that have or had a place on the waitlist of a sale with these line
 * numbers.
 */
export async function findByLine(
  db: Db,
  sale: string,
  lines: readonly number[],
): Promise<string[]> {
  const rows = await db
    .selectFrom('waitlist')
    .select('ticket_id')
    .where('sale_id', '=', sale)
    .where('line_number', 'in', lines)
    .execute();
  return rows.map((row) => row.ticket_id);
}
