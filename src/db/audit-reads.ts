import { type RawBuilder, sql } from 'kysely';
import type { OrderStatus } from '../domain/order.ts';
import type { PaymentOutcome } from '../domain/payment.ts';
import type { Db, Tx } from './client.ts';
import type { LogId } from './public-logs.ts';

/** What an audit reads of a sale. All of it is of one snapshot, and comes in pages. */

/** Rows read at a time. */
const PAGE = 1_000;

/** Log entries and leaves read at a time: each has a batch of tickets. */
const LONG_PAGE = 200;

/** Reads the rows of a query in pages, by a cursor that lives as long as its transaction. */
async function* pagesOf<R>(
  tx: Tx,
  cursor: string,
  query: RawBuilder<R>,
  page = PAGE,
): AsyncGenerator<readonly R[]> {
  await sql`declare ${sql.id(cursor)} no scroll cursor for ${query}`.execute(tx);
  for (;;) {
    const { rows } = await sql<R>`fetch ${sql.lit(page)} from ${sql.id(cursor)}`.execute(tx);
    if (rows.length === 0) return;
    yield rows;
  }
}

/** The shard of a sale; undefined when there is no such sale. */
export async function findShardOf(db: Db, id: string): Promise<number | undefined> {
  const row = await db.selectFrom('sales').select('shard').where('id', '=', id).executeTakeFirst();
  return row?.shard;
}

/** A sale with what is kept of it as a whole; undefined when there is none. */
export async function readAuditedSale(tx: Tx, id: string) {
  const sale = await tx.selectFrom('sales').selectAll().where('id', '=', id).executeTakeFirst();
  if (sale === undefined) return undefined;
  const products = await tx
    .selectFrom('products')
    .selectAll()
    .where('sale_id', '=', id)
    .orderBy('index')
    .execute();
  const counts = await tx
    .selectFrom('sale_counts')
    .select(['name', 'count'])
    .where('sale_id', '=', id)
    .execute();
  const history = await tx
    .selectFrom('history')
    .select('seq')
    .where('shard', '=', sale.shard)
    .executeTakeFirst();
  const publicLog = await tx
    .selectFrom('public_logs')
    .selectAll()
    .where('sale_id', '=', id)
    .executeTakeFirst();
  return { ...sale, products, counts, historySeq: history?.seq ?? 0, publicLog };
}

export type AuditedSale = NonNullable<Awaited<ReturnType<typeof readAuditedSale>>>;

/** An entry as the log has it, beside the columns that are taken from it. */
export interface AuditedEntry {
  readonly seq: number;
  readonly kind: string;
  readonly batch_uid: string | null;
  readonly job: number | null;
  readonly entry: string;
  readonly recorded_at: Date;
}

/** The log of a sale, in order. */
export function readAuditedLog(tx: Tx, sale: string) {
  return pagesOf(
    tx,
    'audited_log',
    sql<AuditedEntry>`
      select seq, kind, batch_uid, job, entry, recorded_at from log
      where sale_id = ${sale} order by seq`,
    LONG_PAGE,
  );
}

/** Entries of a shard that are counted at a time. */
const COUNTED = 1_000_000;

/** The first entry that a shard's log lacks between two; undefined when it has them all. */
export async function findGap(
  tx: Tx,
  shard: number,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<number | undefined> {
  for (let first = from; first <= to; first += COUNTED) {
    const last = Math.min(to, first + COUNTED - 1);
    const { count } = await tx
      .selectFrom('log')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('shard', '=', shard)
      .where('seq', '>=', first)
      .where('seq', '<=', last)
      .executeTakeFirstOrThrow();
    if (count === last - first + 1) continue;
    const { rows } = await sql<{ gap: number }>`
      select gap from generate_series(${first}::bigint, ${last}::bigint) as gap
      left join log on shard = ${shard} and seq = gap
      where seq is null order by gap limit 1`.execute(tx);
    return rows[0]?.gap;
  }
  return undefined;
}

export interface AuditedLeaf {
  readonly index: number;
  readonly seq: number;
  readonly hash: Buffer;
  readonly leaf: Buffer;
}

/** The leaves of a public log, in order. */
export function readAuditedLeaves(tx: Tx, { sale, number }: LogId) {
  return pagesOf(
    tx,
    'audited_leaves',
    sql<AuditedLeaf>`
      select index, seq, hash, leaf from public_log_leaves
      where sale_id = ${sale} and number = ${number} order by index`,
    LONG_PAGE,
  );
}

export interface AuditedNode {
  readonly level: number;
  readonly index: number;
  readonly hash: Buffer;
}

/** The nodes that a public log keeps, by level and index. */
export function readAuditedNodes(tx: Tx, { sale, number }: LogId) {
  return pagesOf(
    tx,
    'audited_nodes',
    sql<AuditedNode>`
      select level, index, hash from public_log_nodes
      where sale_id = ${sale} and number = ${number} order by level, index`,
  );
}

export interface AuditedMove {
  readonly seq: number;
  readonly product: number;
  readonly cause: string;
  readonly ticket: string | null;
  readonly available: number;
  readonly held: number;
  readonly sold: number;
}

/** The ledger of a sale: by entry, product and line number. */
export function readAuditedLedger(tx: Tx, sale: string) {
  return pagesOf(
    tx,
    'audited_ledger',
    sql<AuditedMove>`
      select seq, products.index as product, cause, ticket_id as ticket, ledger.available,
        ledger.held, ledger.sold
      from inventory_ledger as ledger join products on products.id = product_id
      left join orders on orders.id = order_id
      where products.sale_id = ${sale}
      order by seq, products.index, line_number nulls first, ledger.id`,
  );
}

export interface AuditedOrder {
  readonly line: number;
  readonly ticket: string;
  readonly ref: string;
  readonly buyer: string;
  readonly status: OrderStatus;
  readonly hold: number;
  readonly offered: boolean;
  readonly amount: number;
  readonly currency: string;
  /** Product, quantity, returned units and price of each, as `0x2-1@1000`. */
  readonly items: string;
}

/** The orders of a sale, by line number. */
export function readAuditedOrders(tx: Tx, sale: string) {
  return pagesOf(
    tx,
    'audited_orders',
    sql<AuditedOrder>`
      select line_number as line, ticket_id as ticket, ticket_ref as ref, buyer_id as buyer,
        status, hold_seq as hold, offered, amount, currency, coalesce((
          select string_agg(index || 'x' || quantity || '-' || returned || '@'
            || order_items.amount, ' ' order by index)
          from order_items join products on products.id = product_id
          where order_id = orders.id), '') as items
      from orders where sale_id = ${sale} order by line_number`,
  );
}

export interface AuditedPlace {
  readonly line: number;
  readonly ticket: string;
  readonly ref: string;
  readonly buyer: string;
  readonly items: string;
  readonly origin: string;
  readonly status: string;
  readonly seq: number;
}

/** Everybody who ever waited, by line number. */
export function readAuditedWaitlist(tx: Tx, sale: string) {
  return pagesOf(
    tx,
    'audited_waitlist',
    sql<AuditedPlace>`
      select line_number as line, ticket_id as ticket, ticket_ref as ref, buyer_id as buyer,
        items, origin, status, seq
      from waitlist where sale_id = ${sale} order by line_number`,
  );
}

export interface AuditedTicket {
  readonly line: number;
  readonly identity: string;
  readonly ref: string;
  readonly buyer: string;
  readonly outcome: string;
  readonly other: string | null;
  /** Null where it was written before there were any. */
  readonly facts: string | null;
}

/** The history of a sale, by line number. */
export function readAuditedHistory(tx: Tx, sale: string) {
  return pagesOf(
    tx,
    'audited_history',
    sql<AuditedTicket>`
      select line_number as line, ticket_id as identity, ticket_ref as ref, buyer_id as buyer,
        outcome, duplicate_of as other, facts
      from tickets where sale_id = ${sale} order by line_number`,
  );
}

export interface AuditedPayment {
  readonly id: string;
  readonly ticket: string;
  readonly status: string;
  readonly amount: number;
  readonly currency: string;
  readonly outcome: PaymentOutcome | null;
  readonly seq: number | null;
  readonly created_at: Date;
  readonly orderStatus: OrderStatus;
  readonly orderAmount: number;
  readonly orderCurrency: string;
  /** What its refunds want that have not ended, and what of it Stripe has accepted. */
  readonly wanted: number;
  readonly made: number;
  /** Refunds that can never be made. */
  readonly ended: number;
}

/** The payments of a sale's orders, in the order in which they were settled. */
export function readAuditedPayments(tx: Tx, sale: string) {
  return pagesOf(
    tx,
    'audited_payments',
    sql<AuditedPayment>`
      select payments.id, ticket_id as ticket, payments.status, payments.amount,
        payments.currency, outcome, seq, payments.created_at, orders.status as "orderStatus",
        orders.amount as "orderAmount", orders.currency as "orderCurrency",
        coalesce(wanted, 0)::bigint as wanted, coalesce(made, 0)::bigint as made,
        coalesce(ended, 0)::bigint as ended
      from payments join orders on orders.id = order_id
      left join (
        select payment_id, sum(amount) filter (where status <> 'ended') as wanted,
          sum(amount) filter (where status in ('pending', 'succeeded')) as made,
          count(*) filter (where status = 'ended') as ended
        from refunds group by payment_id) back on payment_id = payments.id
      where sale_id = ${sale} order by seq nulls last, payments.id`,
  );
}

export interface AuditedReturn {
  readonly id: string;
  readonly ticket: string;
  readonly items: string | null;
  readonly restock: boolean;
}

/** The refunds of a sale whose units are recorded as given back. */
export function readAuditedReturns(tx: Tx, sale: string) {
  return pagesOf(
    tx,
    'audited_returns',
    sql<AuditedReturn>`
      select refunds.id, ticket_id as ticket, items, restock
      from refunds join payments on payments.id = payment_id
      join orders on orders.id = order_id
      where sale_id = ${sale} and returned order by refunds.id`,
  );
}
