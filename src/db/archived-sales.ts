import { type RawBuilder, sql } from 'kysely';
import { type Db, inSnapshot, type Tx } from './client.ts';

/** Rows read at a time. */
const PAGE = 1_000;

/** Archived sales that ended before a moment, oldest first. */
export async function listArchivedBefore(db: Db, before: Date): Promise<string[]> {
  const rows = await db
    .selectFrom('sales')
    .select('id')
    .where('archived_seq', 'is not', null)
    .where('ends_at', '<', before)
    .orderBy('ends_at')
    .execute();
  return rows.map((row) => row.id);
}

/** Whether a sale is archived; undefined when there is none. */
export async function isArchived(db: Db, sale: string): Promise<boolean | undefined> {
  const row = await db
    .selectFrom('sales')
    .select('archived_seq')
    .where('id', '=', sale)
    .executeTakeFirst();
  return row && row.archived_seq !== null;
}

/** The last row of a page: what the next one is behind. */
interface Place {
  readonly name: string;
  readonly number: number;
}

interface ExportedRow extends Place {
  readonly row: string;
}

type Source = (sale: string, after: Place) => RawBuilder<ExportedRow>;

/** What an export has of a sale, in this order; each reads by an index. */
const SOURCES: Readonly<Record<string, Source>> = {
  sales: (sale, { number }) => sql`
    select '' as name, 1 as number, row_to_json(sales)::text as row from sales
    where id = ${sale} and ${number}::bigint < 1`,
  products: (sale, { number }) => sql`
    select '' as name, index + 1 as number, row_to_json(products)::text as row from products
    where sale_id = ${sale} and index + 1 > ${number}::bigint order by index limit ${PAGE}`,
  log: (sale, { name, number }) => sql`
    select kind as name, seq as number, row_to_json(log)::text as row from log
    where sale_id = ${sale} and (kind, seq) > (${name}, ${number}::bigint)
    order by kind, seq limit ${PAGE}`,
  tickets: (sale, { number }) => sql`
    select '' as name, line_number as number, row_to_json(tickets)::text as row from tickets
    where sale_id = ${sale} and line_number > ${number}::bigint
    order by line_number limit ${PAGE}`,
  inventory_ledger: (sale, { name, number }) => sql`
    select product_id as name, ledger.id as number, row_to_json(ledger)::text as row
    from inventory_ledger as ledger join products on products.id = product_id
    where sale_id = ${sale} and (product_id, ledger.id) > (${name}, ${number}::bigint)
    order by product_id, ledger.id limit ${PAGE}`,
};

/**
 * Reads everything that was recorded of a sale, of one moment.
 *
 * @param write gets a chunk of JSON Lines: `{"table":…,"row":{…}}`
 * @returns the number of rows by table
 */
export function exportSale(
  db: Db,
  sale: string,
  write: (lines: string) => Promise<void>,
): Promise<Record<string, number>> {
  return inSnapshot(db, async (tx) => {
    const counts: Record<string, number> = {};
    for (const [table, source] of Object.entries(SOURCES)) {
      counts[table] = 0;
      for await (const rows of pagesOf(tx, (after) => source(sale, after))) {
        counts[table] += rows.length;
        await write(rows.map(({ row }) => `{"table":"${table}","row":${row}}\n`).join(''));
      }
    }
    return counts;
  });
}

async function* pagesOf(tx: Tx, page: (after: Place) => RawBuilder<ExportedRow>) {
  let after: Place = { name: '', number: 0 };
  for (;;) {
    const { rows } = await page(after).execute(tx);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    after = last;
  }
}

/**
 * Removes a chunk of the tickets of an archived sale from the history. The log still has them.
 *
 * @returns how many were removed; undefined, and nothing happens, when the sale is not archived
 */
export function dropTickets(db: Db, sale: string, limit: number): Promise<number | undefined> {
  return db.transaction().execute(async (tx) => {
    const dropped = await tx
      .updateTable('sales')
      .set({ history_dropped: true })
      .where('id', '=', sale)
      .where('archived_seq', 'is not', null)
      .returning('id')
      .executeTakeFirst();
    if (dropped === undefined) return undefined;
    const { numAffectedRows = 0n } = await sql`
      delete from tickets where (sale_id, line_number) in (
        select sale_id, line_number from tickets where sale_id = ${sale}
        order by line_number limit ${limit})`.execute(tx);
    return Number(numAffectedRows);
  });
}
