import { sql } from 'kysely';
import type { ConfirmEntry, PayEntry, RefundEntry, ReturnEntry } from '../../domain/entry.ts';
import { parseItems } from '../../domain/items.ts';
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
 * Projects the return of the units that a paid order still has.
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
  await sql`
    update order_items set returned = quantity where order_id = ${order.id}`.execute(tx);
}

/**
 * Projects the return of some units of a paid order.
 *
 * @throws Error when the order is not paid or has fewer of them (I7): the journal contradicts what
 *   is recorded
 */
export async function projectReturn(
  tx: Tx,
  shard: number,
  seq: number,
  { sale, ticket, refund, items, restock }: ReturnEntry,
): Promise<void> {
  const wanted = parseItems(items);
  const { rows } = await sql`
    with wanted as (
      select order_id, product_id, r.quantity as units
      from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as r(index integer,
        quantity integer)
      join products on products.sale_id = ${sale} and products.index = r.index
      join orders on orders.ticket_id = ${ticket} and status = 'paid'
      join order_items on order_id = orders.id and product_id = products.id),
    items as (
      update order_items set returned = returned + units from wanted
      where order_items.order_id = wanted.order_id
        and order_items.product_id = wanted.product_id),
    ledger as (
      insert into inventory_ledger (shard, seq, product_id, cause, order_id, available, held, sold)
      select ${shard}, ${seq}, product_id, 'refunded', order_id,
        case when ${restock} then units else 0 end, 0, -units from wanted)
    update products set sold = sold - units,
      available = available + case when ${restock} then units else 0 end,
      total = total - case when ${restock} then 0 else units end
    from wanted where products.id = wanted.product_id
    returning products.id`.execute(tx);
  if (rows.length !== wanted.length) {
    throw new Error(`return of ${items} of ticket ${ticket}: it has no such units`);
  }
  // A free order has no refund.
  await tx.updateTable('refunds').set({ returned: true }).where('id', '=', refund).execute();
}
