import { sql } from 'kysely';
import { DomainError } from '../domain/errors.ts';
import type { RefundReason, RefundStatus } from '../domain/payment.ts';
import type { Db, Tx } from './client.ts';
import type { RefundRow } from './refunds.ts';

/** A refund that a seller wants. */
export interface RefundWish {
  readonly payment: string;
  readonly reason: RefundReason;
  /** Puts units that are returned back on sale. */
  readonly restock: boolean;
  /** In minor units; all that is left when omitted. */
  readonly amount?: number | undefined;
}

/** A refund as it was recorded, now or by an earlier request. */
export interface Requested {
  readonly id: string;
  readonly restock: boolean;
  readonly amount: number;
  readonly repeated: boolean;
}

/**
 * Records that a payment is to be refunded, or a part of it. All that is left is requested once: a
 * second request changes nothing. Requests take turns: together they never want more than was paid.
 *
 * @throws DomainError refund_too_large for more than is left
 */
export async function requestRefund(db: Db, wish: RefundWish): Promise<Requested> {
  return db.transaction().execute(async (tx) => {
    const known = await lockRefunds(tx, wish.payment);
    const { left, last } = known;
    if (left === 0 && wish.amount === undefined && last !== undefined) {
      const { id, restock, amount } = last;
      return { id, restock, amount, repeated: true };
    }
    const { amount = left } = wish;
    if (amount > left || amount === 0) {
      throw new DomainError('refund_too_large', `Of this payment ${left} is left, in minor units.`);
    }
    const { reason, restock } = wish;
    const id = await insertRefund(tx, wish.payment, { reason, restock, amount });
    return { id, restock, amount, repeated: false };
  });
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
  refund: Pick<RefundRow, 'reason' | 'restock' | 'amount'>,
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
