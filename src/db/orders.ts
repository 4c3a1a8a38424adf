import { sql } from 'kysely';
import type { OrderStatus } from '../domain/order.ts';
import type { PaymentOutcome } from '../domain/payment.ts';
import type { Db } from './client.ts';
import { type DisputeRow, listDisputes } from './disputes.ts';
import type { RefundRow } from './refunds.ts';

/** The row of an order, with the shard of its sale. */
export interface OrderRow {
  readonly id: string;
  readonly shard: number;
  readonly sale_id: string;
  readonly ticket_id: string;
  readonly ticket_ref: string;
  readonly buyer_id: string;
  readonly status: OrderStatus;
  readonly line_number: number;
  readonly amount: number;
  readonly currency: string;
  readonly hold_seq: number;
  readonly hold_expires_at: Date;
  readonly created_at: Date;
  readonly paid_at: Date | null;
}

/** An order with its payments and items. */
export interface OrderRecord extends OrderRow {
  readonly payments: readonly OrderPayment[];
  /** Disputes of its payments, oldest first. */
  readonly disputes: readonly DisputeRow[];
  readonly items: readonly {
    readonly productId: string;
    readonly name: string;
    readonly quantity: number;
    readonly amount: number;
    /** Units of it that were given back. */
    readonly returned: number;
    /** The index of the product in its sale. */
    readonly index: number;
  }[];
}

/** A PaymentIntent of an order, its outcome, and its refunds, oldest first. */
export interface OrderPayment {
  readonly id: string;
  readonly status: string;
  readonly amount: number;
  readonly currency: string;
  readonly outcome: PaymentOutcome | null;
  readonly refunds: readonly OrderRefund[];
}

/** A refund of a payment, or of a part of it. */
export type OrderRefund = Pick<
  RefundRow,
  'amount' | 'reason' | 'status' | 'end_reason' | 'created_at'
>;

/** Which orders: `after` is the id of the last order of the page before. */
export interface OrderFilter {
  readonly id?: string;
  readonly buyer?: string;
  readonly sale?: string;
  readonly status?: OrderStatus;
  /** Identities of the orders' tickets. */
  readonly identities?: readonly string[];
  readonly after?: string;
}

/** Up to `limit` orders with their items, newest first. */
export async function findOrders(
  db: Db,
  filter: OrderFilter,
  limit: number,
): Promise<OrderRecord[]> {
  let query = selectOrders(db)
    .orderBy('orders.created_at', 'desc')
    .orderBy('orders.id', 'desc')
    .limit(limit);
  const { id, buyer, sale, status, identities, after } = filter;
  if (id !== undefined) query = query.where('orders.id', '=', id);
  if (buyer !== undefined) query = query.where('orders.buyer_id', '=', buyer);
  if (sale !== undefined) query = query.where('orders.sale_id', '=', sale);
  if (status !== undefined) query = query.where('orders.status', '=', status);
  if (identities !== undefined) query = query.where('orders.ticket_id', 'in', identities);
  if (after !== undefined) {
    query = query.where((eb) =>
      eb(
        eb.refTuple('orders.created_at', 'orders.id'),
        '<',
        eb
          .selectFrom('orders as before')
          .select(['before.created_at', 'before.id'])
          .where('before.id', '=', after)
          .$asTuple('created_at', 'id'),
      ),
    );
  }
  return withDetails(db, await query.execute());
}

/** Rows of orders, before their items and payments are read. */
export function selectOrders(db: Pick<Db, 'selectFrom'>) {
  return db
    .selectFrom('orders')
    .innerJoin('sales', 'sales.id', 'orders.sale_id')
    .select([
      'orders.id',
      'sales.shard',
      'orders.sale_id',
      'orders.ticket_id',
      'orders.ticket_ref',
      'orders.buyer_id',
      'orders.status',
      'orders.line_number',
      'orders.amount',
      'orders.currency',
      'orders.hold_seq',
      'orders.hold_expires_at',
      'orders.created_at',
      'orders.paid_at',
    ]);
}

/** Orders with their items and payments, in the same order. */
export async function withDetails(db: Db, orders: readonly OrderRow[]): Promise<OrderRecord[]> {
  if (orders.length === 0) return [];
  const ids = orders.map((order) => order.id);
  const [rows, payments, disputes] = await Promise.all([
    readItems(db, ids),
    readPayments(db, ids),
    listDisputes(db, ids),
  ]);
  const items = Map.groupBy(rows, (item) => item.order_id);
  return orders.map((order) => ({
    ...order,
    payments: payments.get(order.id) ?? [],
    disputes: disputes.get(order.id) ?? [],
    items: (items.get(order.id) ?? []).map(({ product_id: productId, order_id: _, ...item }) => {
      return { productId, ...item };
    }),
  }));
}

function readItems(db: Db, orders: readonly string[]) {
  return db
    .selectFrom('order_items')
    .innerJoin('products', 'products.id', 'order_items.product_id')
    .select(['order_id', 'product_id', 'name', 'quantity', 'order_items.amount'])
    .select(['returned', 'index'])
    .where('order_id', 'in', orders)
    .orderBy('products.index')
    .execute();
}

/** The payments of orders, by order, oldest first. */
async function readPayments(
  db: Db,
  orders: readonly string[],
): Promise<ReadonlyMap<string, OrderPayment[]>> {
  const ofOrders = db.selectFrom('payments').where('order_id', 'in', orders);
  const [payments, refunds] = await Promise.all([
    ofOrders
      .select(['order_id', 'id', 'status', 'amount', 'currency', 'outcome'])
      .orderBy('created_at')
      .orderBy('id')
      .execute(),
    ofOrders
      .innerJoin('refunds', 'payment_id', 'payments.id')
      .select(['payment_id', 'reason', 'refunds.status', 'refunds.amount', 'end_reason'])
      .select('refunds.created_at')
      .orderBy('number')
      .execute(),
  ]);
  const byPayment = Map.groupBy(refunds, (refund) => refund.payment_id);
  return Map.groupBy(
    payments.map((payment) => ({ ...payment, refunds: byPayment.get(payment.id) ?? [] })),
    (payment) => payment.order_id,
  );
}

/** An order, and how long ago its hold ended by Postgres's clock. */
export interface PaymentOrder extends OrderRow {
  /** In ms; negative while the hold lasts. */
  readonly overdueMs: number;
}

/** An order by its id, of any buyer and in any status; undefined when there is none. */
export async function findPaymentOrder(db: Db, orderId: string): Promise<PaymentOrder | undefined> {
  return selectOrders(db)
    .select(
      sql<number>`(extract(epoch from clock_timestamp() - hold_expires_at) * 1000)::float8`.as(
        'overdueMs',
      ),
    )
    .where('orders.id', '=', orderId)
    .executeTakeFirst();
}
