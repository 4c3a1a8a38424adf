import { randomUUID } from 'node:crypto';
import type { Db } from '../../db/client.ts';
import { hasReturned } from '../../db/log.ts';
import type { OrderRecord } from '../../db/orders.ts';
import { DomainError } from '../../domain/errors.ts';
import { formatItems, withoutItems } from '../../domain/items.ts';
import type { Shards } from '../../line/shards.ts';
import { returnSome } from '../../redis/scripts/return-some.ts';
import { returnUnits } from '../../redis/scripts/return-units.ts';
import type { WantedRefund } from './refund-wish.ts';

/**
 * Takes the units of a confirmed free order back at its seller's request, or some of them: there is
 * no money to return. That is public when this returns; an order that is refunded does not change.
 *
 * @returns whether it was done before
 * @throws DomainError not_refundable for an order that was never confirmed, refund_too_large for an
 *   amount, invalid_quantity for more units than it has
 */
export async function takeBackFreeOrder(
  { db, shards }: { readonly db: Db; readonly shards: Shards },
  order: OrderRecord,
  { restock, amount, items, key }: WantedRefund,
): Promise<{ readonly amount: 0; readonly restock: boolean; readonly repeated: boolean }> {
  const { shard, sale_id: sale, ticket_id: identity, status } = order;
  if (status !== 'paid' && status !== 'refunded') {
    throw new DomainError('not_refundable', `It is ${status}: it was never confirmed.`);
  }
  if (amount !== undefined) throw new DomainError('refund_too_large', 'It cost nothing.');
  const refund = `free.${key ?? randomUUID()}`;
  // What a key did before is not done again, whatever of the order is left by now.
  if (key !== undefined && (await hasReturned(db, sale, refund))) {
    return { amount: 0, restock, repeated: true };
  }
  const left = order.items.map(({ index, quantity, returned }) => {
    return { index, quantity: quantity - returned };
  });
  if (items === undefined || withoutItems(left, items)?.length === 0) {
    const reply = await shards.at(shard).change(returnUnits, { sale, identity, restock });
    return { amount: 0, restock, repeated: reply.status === 'GONE' };
  }
  const some = { sale, identity, refund, items: formatItems(items), restock };
  const { status: done } = await shards.at(shard).change(returnSome, some);
  if (done === 'TOO_FEW') {
    throw new DomainError('invalid_quantity', 'items: the order has fewer of these units left');
  }
  if (done === 'GONE') throw new DomainError('not_refundable', 'All of it was taken back.');
  return { amount: 0, restock, repeated: done === 'REPEATED' };
}
