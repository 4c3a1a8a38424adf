import { sql } from 'kysely';
import type { DisputeState } from '../domain/dispute.ts';
import type { Db } from './client.ts';
import { countDisputes } from './disputes.ts';

/** Counts of a sale, or of all sales. */
export interface SaleMetrics {
  /**
   * What the projections count, by name: tickets by outcome (src/domain/outcome.ts), holds that
   * ended, offers, payments by outcome (`payment_paid`, `payment_retaken`,
   * `payment_refund_surplus`, …), confirmed free orders, refunded orders.
   */
  readonly counts: ReadonlyMap<string, number>;
  readonly waitlist: {
    /** Tickets that wait now. */
    readonly waiting: number;
    /** Orders from an offer by their status: held, paid, expired, … */
    readonly orders: ReadonlyMap<string, number>;
  };
  /** Refunded payments by the status of their refund, see RefundStatus. */
  readonly refunds: ReadonlyMap<string, number>;
  readonly disputes: Readonly<Record<DisputeState, number>>;
}

/** Reads the counts of one sale, or of all when omitted. */
export async function readSaleMetrics(db: Db, sale?: string): Promise<SaleMetrics> {
  const ofSale = sale === undefined ? sql`true` : sql`sale_id = ${sale}`;
  const [counts, waiting, orders, refunds, disputes] = await Promise.all([
    sql<Row>`
      select name, sum(count)::bigint as count from sale_counts
        where ${ofSale} group by name`.execute(db),
    sql<{ count: number }>`
      select count(*) as count from waitlist where ${ofSale} and status = 'waitlisted'`.execute(db),
    sql<Row>`
      select status as name, count(*) as count from orders where ${ofSale} and offered
      group by status`.execute(db),
    countRefunds(db, sale),
    countDisputes(db, sale),
  ]);
  return {
    counts: byName(counts.rows),
    waitlist: { waiting: waiting.rows[0]?.count ?? 0, orders: byName(orders.rows) },
    refunds,
    disputes,
  };
}

/** Refunded payments of one sale, or of all when omitted, by the status of their refund. */
export async function countRefunds(db: Db, sale?: string): Promise<ReadonlyMap<string, number>> {
  const ofSale = sql`
    join payments on payments.id = payment_id join orders on orders.id = order_id
    where sale_id = ${sale}`;
  const { rows } = await sql<Row>`
    select refunds.status as name, count(*) as count from refunds
    ${sale === undefined ? sql`` : ofSale} group by refunds.status`.execute(db);
  return byName(rows);
}

interface Row {
  readonly name: string;
  readonly count: number;
}

function byName(rows: readonly Row[]): Map<string, number> {
  return new Map(rows.map(({ name, count }) => [name, count]));
}

/** Units of each product of a sale whose hold expired, ever. */
export async function readExpiredUnits(db: Db, sale: string): Promise<Map<string, number>> {
  const { rows } = await sql<Row>`
    select product_id as name, sum(-inventory_ledger.held)::bigint as count from inventory_ledger
    join products on products.id = product_id
    where sale_id = ${sale} and cause = 'expired' group by product_id`.execute(db);
  return byName(rows);
}
