import { sql } from 'kysely';
import { DomainError } from '../domain/errors.ts';
import { formatItems, type Item, parseItems, withoutItems } from '../domain/items.ts';
import type { RefundReason, RefundStatus } from '../domain/payment.ts';
import type { Db, Tx } from './client.ts';
import type { RefundRow } from './refunds.ts';

/** A refund of a payment that is wanted. */
export interface RefundWish {
  readonly payment: string;
  readonly reason: RefundReason;
  /** Puts units that are returned back on sale. */
  readonly restock: boolean;
  /** In minor units; all that is left when omitted. */
  readonly amount?: number | undefined;
  /**
   * The units that go back with it: with all that is left all units, with a part none, when
   * omitted.
   */
  readonly items?: readonly Item[] | undefined;
  /** The keyed hash of its Idempotency-Key. */
  readonly key?: string | undefined;
}

/** A refund as it was recorded, now or by an earlier request. */
export interface Requested {
  readonly id: string;
  readonly restock: boolean;
  readonly amount: number;
  readonly repeated: boolean;
}

/**
 * Records that a payment is to be refunded, or a part of it. A request with a key is recorded once,
 * and so is one for all that is left: repeating it changes nothing. Requests take turns: together
 * they never want more than was paid, or more units than were bought.
 *
 * @throws DomainError refund_too_large, invalid_quantity, idempotency_key_reused
 */
export async function requestRefund(db: Db, wish: RefundWish): Promise<Requested> {
  return db.transaction().execute(async (tx) => {
    const { rows, left, last } = await lockRefunds(tx, wish.payment);
    if (left === 0 && wish.amount === undefined && last !== undefined) {
      return { ...last, repeated: true };
    }
    const before = wish.key === undefined ? undefined : rows.find(({ key }) => key === wish.key);
    if (before !== undefined) {
      if (!isSame(before, wish)) throw new DomainError('idempotency_key_reused');
      return { ...before, repeated: true };
    }
    const { amount = left, reason, restock, key = null } = wish;
    if (amount > left || amount === 0) {
      throw new DomainError('refund_too_large', `Of this payment ${left} is left, in minor units.`);
    }
    const items = await unitsFor(tx, wish, amount === left, rows);
    const refund = { reason, restock, amount, items, key };
    const id = await insertRefund(tx, wish.payment, refund);
    return { id, restock, amount, repeated: false };
  });
}

function isSame(row: RefundRow, { restock, amount, items }: RefundWish): boolean {
  // Less is refunded than was wanted where some of it went back at Stripe meanwhile.
  const isLess = row.attempt > 1 && amount !== undefined && amount > row.amount;
  const isAmount = amount === undefined || amount === row.amount || isLess;
  const text = items === undefined ? null : formatItems(items);
  return row.restock === restock && isAmount && (row.items === null || row.items === text);
}

/**
 * The units that go back with a part of a payment, as text; null with all that is left of it, for
 * then all units do.
 */
async function unitsFor(
  tx: Tx,
  { payment, items }: RefundWish,
  isAll: boolean,
  rows: readonly RefundRow[],
): Promise<string | null> {
  if (items === undefined) return null;
  const bought = await tx
    .selectFrom('payments')
    .innerJoin('order_items', 'order_items.order_id', 'payments.order_id')
    .innerJoin('products', 'products.id', 'product_id')
    .select(['index', sql<number>`quantity - returned`.as('quantity')])
    .where('payments.id', '=', payment)
    .execute();
  const wanted = rows.flatMap((row) =>
    row.items === null || row.returned || row.status === 'ended' ? [] : parseItems(row.items),
  );
  const free = withoutItems(bought, wanted);
  const rest = free && withoutItems(free, items);
  if (rest === undefined) {
    throw new DomainError('invalid_quantity', 'items: the order has fewer of these units left');
  }
  if (!isAll) return formatItems(items);
  if (rest.length > 0) {
    const detail = 'items: all units go back with all that is left: leave them out, or refund less';
    throw new DomainError('invalid_quantity', detail);
  }
  return null;
}

/** A refund that was made in Stripe's dashboard. */
export interface RefundAtStripe {
  readonly stripeId: string;
  readonly amount: number;
  readonly status: RefundStatus;
}

/** Records a refund that was made in Stripe's dashboard; one that is known stays as it is. */
export async function importRefund(
  db: Db,
  payment: string,
  { stripeId, amount, status }: RefundAtStripe,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { rows } = await lockRefunds(tx, payment);
    if (rows.some(({ stripe_id }) => stripe_id === stripeId)) return;
    const made = { reason: 'at_stripe' as const, restock: true, amount };
    const id = await insertRefund(tx, payment, made);
    await tx
      .updateTable('refunds')
      .set({ stripe_id: stripeId, status, done_at: sql<Date>`clock_timestamp()` })
      .where('id', '=', id)
      .execute();
  });
}

/**
 * Records that all that is left of a payment has to go back, in the transaction that records why.
 * Where nothing is left, because it was refunded at Stripe, nothing is recorded.
 */
export async function requestRest(tx: Tx, payment: string, reason: RefundReason): Promise<void> {
  const { left } = await lockRefunds(tx, payment);
  if (left > 0) await insertRefund(tx, payment, { reason, restock: false, amount: left });
}

interface Known {
  readonly rows: readonly RefundRow[];
  /** What no refund wants yet, in minor units. */
  readonly left: number;
  /** The last refund that has not ended. */
  readonly last: RefundRow | undefined;
}

/** The refunds of a payment, which nobody else changes until the transaction ends. */
async function lockRefunds(tx: Tx, payment: string): Promise<Known> {
  const { amount } = await tx
    .selectFrom('payments')
    .select('amount')
    .where('id', '=', payment)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const rows = await tx
    .selectFrom('refunds')
    .selectAll()
    .where('payment_id', '=', payment)
    .orderBy('number')
    .execute();
  const live = rows.filter(({ status }) => status !== 'ended');
  const wanted = live.reduce((sum, row) => sum + row.amount, 0);
  return { rows, left: Math.max(0, amount - wanted), last: live.at(-1) };
}

async function insertRefund(
  tx: Tx,
  payment: string,
  refund: Pick<RefundRow, 'reason' | 'restock' | 'amount'> &
    Partial<Pick<RefundRow, 'items' | 'key'>>,
): Promise<string> {
  const { max } = await tx
    .selectFrom('refunds')
    .select((eb) => eb.fn.max('number').as('max'))
    .where('payment_id', '=', payment)
    .executeTakeFirstOrThrow();
  const number = (max ?? 0) + 1;
  const id = number === 1 ? payment : `${payment}.${number}`;
  await tx
    .insertInto('refunds')
    .values({ id, payment_id: payment, number, ...refund })
    .execute();
  return id;
}
