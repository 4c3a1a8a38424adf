import { type Selectable, sql } from 'kysely';
import { ORDER_STATUSES, type OrderStatus } from '../domain/order.ts';
import type { Db } from './client.ts';
import { type OrderRecord, selectOrders, withDetails } from './orders.ts';
import type { Database } from './schema.ts';

/** Which orders of a sale. */
export interface SaleOrders {
  readonly sale: string;
  /** All when omitted. */
  readonly statuses?: readonly OrderStatus[] | undefined;
  /**
   * Only orders that a text names exactly, whose ticket (by its identity) it may name, or whose
   * buyer's e-mail address begins with it.
   */
  readonly match?: { readonly text: string; readonly identity?: string | undefined } | undefined;
}

/**
 * Up to `limit` orders of a sale with items and payments, newest first.
 *
 * Each wanted status is a range of the index orders_by_sale (sale_id, status, created_at desc, id
 * desc), read from the cursor on and no further than the page is long; the few results are merged.
 * So a page is as fast in a sale of 100,000 orders as in one of 10, even for a rare status: `status
 * in (…)` would sort all of them, and an index without the status read past all others.
 *
 * @param page.after the id of the last order of the page before
 */
export async function findSaleOrders(
  db: Db,
  page: SaleOrders & { readonly after?: string | undefined },
  limit: number,
): Promise<OrderRecord[]> {
  const { sale, statuses = ORDER_STATUSES, match, after } = page;
  const isAfter =
    after === undefined
      ? sql`true`
      : sql`(o.created_at, o.id) < (select created_at, id from orders where id = ${after})`;
  const isNamed =
    match === undefined ? sql`true` : sql`o.id = any (array(${namedBy(sale, match)}))`;
  // It replaces the table, so that a row is read once: for a long page Postgres would not look up
  // the ids, but read the whole table.
  const wanted = sql<Selectable<Database['orders']>>`
    (select wanted.* from unnest(${[...new Set(statuses)]}::text[]) as s (status)
    cross join lateral (
      select o.* from orders as o
      where o.sale_id = ${sale} and o.status = s.status and ${isAfter} and ${isNamed}
      order by o.created_at desc, o.id desc limit ${limit}) as wanted
    order by wanted.created_at desc, wanted.id desc limit ${limit})`;
  const rows = await selectOrders(db.with('orders', () => wanted))
    .orderBy('orders.created_at', 'desc')
    .orderBy('orders.id', 'desc')
    .execute();
  return withDetails(db, rows);
}

/** Orders per page of an export. */
const EXPORT_PAGE = 1_000;

/**
 * All orders of a sale, newest first, page by page, each read on demand. Not with a Postgres
 * cursor: that keeps a transaction open as long as the slowest reader, while our connections end
 * one that idles for a second, and an open snapshot keeps dead rows from being vacuumed. So each
 * page is of its own moment: an order is there once, as it was when its page was read; with
 * `statuses`, one that changes meanwhile may be missing.
 *
 * @param inTurn lets a page be read when it is its turn
 */
export async function* eachOrderPage(
  db: Db,
  which: SaleOrders,
  inTurn: <T>(read: () => Promise<T>) => Promise<T>,
): AsyncGenerator<readonly OrderRecord[]> {
  let after: string | undefined;
  for (;;) {
    const orders = await inTurn(() => findSaleOrders(db, { ...which, after }, EXPORT_PAGE));
    if (orders.length > 0) yield orders;
    if (orders.length < EXPORT_PAGE) return;
    after = orders.at(-1)?.id;
  }
}

/** Letters of an e-mail address that are enough to look for those that begin with them. */
const ADDRESS_BEGINS = 3;

/** Ids of the orders that a text names: each branch is an index lookup. */
function namedBy(sale: string, { text, identity }: NonNullable<SaleOrders['match']>) {
  const branches = [
    sql`select id from orders where id = ${text}`,
    sql`select id from orders where sale_id = ${sale} and buyer_id = ${text}`,
    sql`select order_id from payments where id = ${text}`,
  ];
  if (text.length >= ADDRESS_BEGINS) {
    const begins = `${text.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
    branches.push(sql`
      select id from orders where sale_id = ${sale} and buyer_id in (
        select buyer_id from contacts where lower(email) like ${begins}
        union all select id from users where lower(email) like ${begins})`);
  }
  if (identity !== undefined) {
    branches.push(sql`select id from orders where ticket_id = ${identity}`);
  }
  return sql.join(branches, sql` union all `);
}
