import { sql } from 'kysely';
import type { ConfirmEntry, PayEntry, RefundEntry } from '../../domain/entry.ts';
import type { Tx } from '../client.ts';
import { requestRest } from '../refund-requests.ts';
import { addCount } from './counts.ts';
import { moveUnits } from './units.ts';

/**
 * Projects the outcome of a captured payment: its order, units and ledger, or the request to refund
 * it.
 *
 * @throws Error when the payment is settled already, or its order is in the wrong state (I7, I8):
 *   the journal contradicts what is recorded
 */
export async function projectPay(
  tx: Tx,
  shard: number,
  seq: number,
  { sale, ticket, payment, out, reason, hold }: PayEntry,
): Promise<void> {
  const settled = await tx
    .updateTable('payments')
    .set({ outcome: out, seq })
    .where('id', '=', payment)
    .where('outcome', 'is', null)
    .returning('order_id')
    .executeTakeFirst();
  if (settled === undefined) throw new Error(`payment ${payment} is not there to be settled`);
  if (reason !== undefined) {
    await requestRest(tx, payment, reason);
    await addCount(tx, sale, `payment_refund_${reason}`, 1);
    return;
  }
  const order = await tx
    .updateTable('orders')
    // Units taken again are a new hold (I7).
    .set({ status: 'paid', paid_at: sql<Date>`clock_timestamp()`, hold_seq: hold ?? seq })
    .where('id', '=', settled.order_id)
    .where('ticket_id', '=', ticket)
    .where((eb) =>
      hold === undefined
        ? eb('status', 'in', ['expired', 'cancelled'])
        : eb.and({ status: 'held', hold_seq: hold }),
    )
    .returning('id')
    .executeTakeFirst();
  if (order === undefined) {
    throw new Error(`payment ${payment}: the order of ticket ${ticket} cannot be ${out}`);
  }
  const isHeld = hold !== undefined;
  await moveUnits(tx, {
    shard,
    seq,
    sale,
    order: order.id,
    cause: out,
    counted: `payment_${out}`,
    available: isHeld ? 0 : -1,
    held: isHeld ? -1 : 0,
    sold: 1,
  });
}

/**
 * Projects the confirmation of an order that costs nothing.
 *
 * @throws Error when it is not held by that entry (I7), or has to be paid (I8): the journal
 *   contradicts what is recorded
 */
export async function projectConfirm(
  tx: Tx,
  shard: number,
  seq: number,
  { sale, ticket, hold }: ConfirmEntry,
): Promise<void> {
  const order = await tx
    .updateTable('orders')
    .set({ status: 'paid', paid_at: sql<Date>`clock_timestamp()` })
    .where('ticket_id', '=', ticket)
    .where('hold_seq', '=', hold)
    .where('status', '=', 'held')
    .where('amount', '=', 0)
    .returning('id')
    .executeTakeFirst();
  if (order === undefined) throw new Error(`ticket ${ticket} has no free order to confirm`);
  await moveUnits(tx, {
    ...{ shard, seq, sale, order: order.id, cause: 'paid', counted: 'confirmed' },
    ...{ available: 0, held: -1, sold: 1 },
  });
}

/**
 * Projects the return of a paid order's units.
 *
 * @throws Error when the order is not paid (I7): the journal contradicts what is recorded
 */
export async function projectRefund(
  tx: Tx,
  shard: number,
  seq: number,
  { sale, ticket, restock }: RefundEntry,
): Promise<void> {
  const order = await tx
    .updateTable('orders')
    .set({ status: 'refunded', ended_at: sql<Date>`clock_timestamp()` })
    .where('ticket_id', '=', ticket)
    .where('status', '=', 'paid')
    .returning('id')
    .executeTakeFirst();
  if (order === undefined) throw new Error(`refund of ticket ${ticket}: it is not paid`);
  await moveUnits(tx, {
    shard,
    seq,
    sale,
    order: order.id,
    cause: 'refunded',
    counted: 'refunded',
    available: restock ? 1 : 0,
    held: 0,
    sold: -1,
  });
}
