import type { Selectable } from 'kysely';
import type { Db } from './client.ts';
import type { Database } from './schema.ts';

export type WaitingRecord = Pick<
  Selectable<Database['waitlist']>,
  'ticket_id' | 'line_number' | 'items' | 'status'
>;

/** The waitlist status of tickets, by ticket identity. */
export async function findWaiting(
  db: Db,
  identities: readonly string[],
): Promise<Map<string, WaitingRecord>> {
  if (identities.length === 0) return new Map();
  const rows = await db
    .selectFrom('waitlist')
    .select(['ticket_id', 'line_number', 'items', 'status'])
    .where('ticket_id', 'in', identities)
    .execute();
  return new Map(rows.map((row) => [row.ticket_id, row]));
}

/**
 * A ticket's position on the waitlist of its sale: how many wait before it, and how many units of
 * its products are held and may come back.
 *
 * @param indexes its products, by their indexes in the sale
 */
export async function readPlace(
  db: Db,
  ticket: { readonly sale: string; readonly line: number; readonly indexes: readonly number[] },
): Promise<{ ahead: number; unitsHeld: number }> {
  const { sale, line, indexes } = ticket;
  const row = await db
    .selectNoFrom((eb) => [
      eb
        .selectFrom('waitlist')
        .select((e) => e.fn.countAll<number>().as('count'))
        .where('sale_id', '=', sale)
        .where('status', '=', 'waitlisted')
        .where('line_number', '<', line)
        .as('ahead'),
      eb
        .selectFrom('products')
        .select((e) => e.fn.sum<number>('held').as('held'))
        .where('sale_id', '=', sale)
        .where('index', 'in', indexes)
        .as('held'),
    ])
    .executeTakeFirstOrThrow();
  return { ahead: row.ahead ?? 0, unitsHeld: row.held ?? 0 };
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
