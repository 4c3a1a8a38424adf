import { findPaymentOrder } from '../db/orders.ts';
import { type RefundRecord, readReturned } from '../db/refunds.ts';
import { returnSome } from '../redis/scripts/return-some.ts';
import { returnUnits } from '../redis/scripts/return-units.ts';
import type { PaymentDeps } from './deps.ts';
import { NotYet } from './not-yet.ts';

/**
 * Returns the units that go back with a part of a payment, once. That is recorded when this
 * returns.
 *
 * @throws an outage of Redis or Postgres: retry
 */
export async function returnItems(
  { shards, log }: Pick<PaymentDeps, 'shards' | 'log'>,
  record: RefundRecord,
): Promise<void> {
  const { id: refund, shard, sale_id: sale, ticket_id: identity, items, restock } = record;
  if (items === null || record.returned || !record.hasPaid) return;
  const wish = { sale, identity, refund, items, restock };
  const { status } = await shards.at(shard).change(returnSome, wish);
  // GONE: all units went back meanwhile, with the rest of the payment.
  if (status === 'TOO_FEW') log.error({ refund, items }, 'an order has fewer units than went back');
}

/**
 * Ends an order whose payment has gone back in full: it is refunded, and its units are returned.
 * That is recorded when this returns. While a part of the payment is left, nothing happens.
 *
 * @param restock puts the units back on sale; as the seller said last when omitted
 * @throws NotYet, or an outage of Redis or Postgres: retry
 */
export async function completeRefunds(
  { db, shards }: Pick<PaymentDeps, 'db' | 'shards'>,
  payment: string,
  restock?: boolean,
): Promise<void> {
  const returned = await readReturned(db, payment);
  if (returned === undefined || !returned.hasPaid) return;
  if (returned.made < returned.amount || returned.orderStatus !== 'paid') return;
  const { shard, sale_id: sale, ticket_id: identity, order_id: orderId } = returned;
  const wish = { sale, identity, restock: restock ?? returned.restock };
  await shards.at(shard).change(returnUnits, wish);
  const order = await findPaymentOrder(db, orderId);
  if (order?.status === 'paid') throw new NotYet(`order ${orderId} is still paid`);
}
